"""A folder appears whole or not at all, and what stood there is never lost on the way."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from animstudio.dataset.place import new_folder
from animstudio.kernel.errors import AskedWrongly

KILLED = """
import os, signal, sys
from pathlib import Path
from animstudio.dataset.place import new_folder
place, count = Path(sys.argv[1]), [0]
rename = Path.rename
def killed(path, target):
    count[0] += 1
    if count[0] == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(path, target)
Path.rename = killed
with new_folder(place, ours="ours") as drafts:
    (drafts / "ours").write_text("new")
"""


def contents(folder: Path) -> dict[str, str]:
    return {path.name: (path / "ours").read_text() for path in folder.iterdir()}


@pytest.mark.parametrize(("move", "stands"), [(2, "old"), (3, "old")])
def test_a_kill_between_the_moves_loses_nothing(tmp_path: Path, move: int, stands: str) -> None:
    """The first move is the drafts' own; then the old one goes aside, then the new one comes."""
    out = tmp_path / "set [1]"
    with new_folder(out, ours="ours") as drafts:
        (drafts / "ours").write_text("old")
    ended = subprocess.run([sys.executable, "-c", KILLED, str(out), str(move)], check=False)
    assert ended.returncode == -signal.SIGKILL
    with pytest.raises(KeyboardInterrupt), new_folder(out, ours="ours"):
        assert (out / "ours").read_text() == stands
        raise KeyboardInterrupt
    assert contents(tmp_path) == {"set [1]": stands}
    with new_folder(out, ours="ours") as drafts:
        (drafts / "ours").write_text("new")
    assert contents(tmp_path) == {"set [1]": "new"}


def test_what_a_kill_left_beside_a_finished_set_is_swept(tmp_path: Path) -> None:
    out = tmp_path / "set"
    for name in ("set", ".set.before-12ab"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "ours").write_text(name)
    with new_folder(out, ours="ours") as drafts:
        (drafts / "ours").write_text("new")
    assert contents(tmp_path) == {"set": "new"}


def test_a_place_that_is_taken_stays(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "mine").write_text("mine")
    with (
        pytest.raises(AskedWrongly, match="was not made by this command"),
        new_folder(tmp_path / "set", ours="ours"),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["set"]
    assert (tmp_path / "set" / "mine").is_file()
