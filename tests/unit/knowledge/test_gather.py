"""Gathering documents into one folder: copies, withdrawals, other people's files, and kills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from animstudio.kernel.errors import AskedWrongly
from animstudio.knowledge.gather import MANIFEST, Piece, gather

from .small import write


def piece(path: str, source: Path | str) -> Piece:
    return Piece(path, source, f"from {path}", "document", "luca")


def held(folder: Path) -> dict[str, str]:
    """What lies in the folder, by path, without the list."""
    return {
        file.relative_to(folder).as_posix(): file.read_text("utf-8")
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != MANIFEST
    }


def listed(folder: Path) -> list[str]:
    content = json.loads((folder / MANIFEST).read_bytes())
    assert content["complete"]
    return [each["path"] for each in content["documents"]]


def test_what_is_new_is_copied_and_the_same_again_writes_nothing(tmp_path: Path) -> None:
    notes = write(tmp_path / "from", {"sea.txt": "The sea."}) / "sea.txt"
    pieces = [piece("notes/sea.txt", notes), piece("films/luca.json", "{}\n")]
    assert gather(tmp_path / "to", pieces).written == 2
    assert held(tmp_path / "to") == {"notes/sea.txt": "The sea.", "films/luca.json": "{}\n"}
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "to").rglob("*")}
    found = gather(tmp_path / "to", pieces)
    assert (found.written, found.withdrawn, len(found.entries)) == (0, 0, 2)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert listed(tmp_path / "to") == ["notes/sea.txt", "films/luca.json"]


def test_what_changed_is_replaced_and_what_is_gone_is_taken_out(tmp_path: Path) -> None:
    to = tmp_path / "to"
    gather(to, [piece("a/one.txt", "one"), piece("b/two.txt", "two")])
    found = gather(to, [piece("a/one.txt", "ONE")])
    assert (found.written, found.withdrawn) == (1, 1)
    assert held(to) == {"a/one.txt": "ONE"}
    assert not (to / "b").exists()


def test_other_peoples_files_are_never_touched(tmp_path: Path) -> None:
    to = write(tmp_path / "to", {"a/one.txt": "mine", "own/notes.md": "mine too"})
    gather(to, [piece("a/one.txt", "theirs"), piece("a/two.txt", "two")])
    assert held(to) == {
        "a/one.txt": "theirs", "a/one.txt.kept1": "mine", "a/two.txt": "two",
        "own/notes.md": "mine too",
    }  # fmt: skip
    (to / "a/two.txt").write_text("changed by hand")
    gather(to, [piece("a/one.txt", "theirs")])
    assert held(to)["a/two.txt"] == "changed by hand"


def test_what_cannot_be_read_is_told_and_stays_as_it_was(tmp_path: Path) -> None:
    to, file = tmp_path / "to", write(tmp_path, {"sea.txt": "The sea."}) / "sea.txt"
    gather(to, [piece("a/sea.txt", file)])
    file.unlink()
    found = gather(to, [piece("a/sea.txt", file), piece("a/new.txt", tmp_path / "nowhere")])
    assert set(found.failed) == {"from a/sea.txt", "from a/new.txt"}
    assert held(to) == {"a/sea.txt": "The sea."}
    assert listed(to) == ["a/sea.txt"]


def test_nothing_is_written_outside(tmp_path: Path) -> None:
    with pytest.raises(AskedWrongly):
        gather(tmp_path / "to", [piece("../out.txt", "no")])
    assert not (tmp_path / "out.txt").exists()


@pytest.mark.parametrize("content", ["", "{", '{"documents": 3}', '{"documents": [{}]}', "[]"])
def test_a_broken_list_costs_only_kept_copies(tmp_path: Path, content: str) -> None:
    to = tmp_path / "to"
    gather(to, [piece("a/one.txt", "one"), piece("a/two.txt", "two")])
    (to / MANIFEST).write_text(content)
    gather(to, [piece("a/one.txt", "one"), piece("a/two.txt", "TWO")])
    assert held(to) == {"a/one.txt": "one", "a/two.txt": "TWO", "a/two.txt.kept1": "two"}
    assert listed(to) == ["a/one.txt", "a/two.txt"]


KILLED = """
import os, signal, sys
from pathlib import Path
from animstudio.kernel import files
from animstudio.knowledge import gather as gathering
from animstudio.knowledge.gather import Piece, gather

left = int(sys.argv[2])

def dying(function):
    def step(*words, **options):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*words, **options)
    return step

for name in ("place", "write", "withdraw", "sync_file"):
    setattr(gathering, name, dying(getattr(gathering, name)))
gather(Path(sys.argv[1]), [Piece(f"d/{n}.txt", f"new {n}", f"{n}", "document", "luca")
                           for n in range(2, 6)])
"""


def test_a_kill_at_any_step_loses_nothing_and_the_next_completes(tmp_path: Path) -> None:
    old = [piece(f"d/{n}.txt", f"old {n}") for n in range(4)]
    new = [piece(f"d/{n}.txt", f"new {n}") for n in range(2, 6)]
    path = os.pathsep.join(entry for entry in sys.path if entry)
    for step in range(40):
        to = tmp_path / str(step)
        gather(to, old)
        (to / "d/own.txt").write_text("somebody's")
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(to), str(step)],
            env=os.environ | {"PYTHONPATH": path}, check=False,
        )  # fmt: skip
        for name, text in held(to).items():
            number = Path(name).stem
            assert ".gathering" in name or text in (f"old {number}", f"new {number}", "somebody's")
        gather(to, new)
        assert held(to) == {f"d/{n}.txt": f"new {n}" for n in range(2, 6)} | {
            "d/own.txt": "somebody's"
        }
        assert listed(to) == [f"d/{n}.txt" for n in range(2, 6)]
        if done.returncode == 0:
            assert step > 5
            return
        assert done.returncode == -signal.SIGKILL
    pytest.fail("it never ended by itself")
