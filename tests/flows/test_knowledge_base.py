"""Knowledge bases under kills, two writers, readers and flipped bits: real processes and files."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from animstudio.kernel.errors import StudioError
from animstudio.knowledge.base import KnowledgeBase
from animstudio.knowledge.index import IndexSpec
from animstudio.knowledge.search.spec import SearchSpec

from ..unit.knowledge.small import Bag, build, folders, write

ROOT = Path(__file__).parents[2]
DOCUMENTS = {
    f"{number}.txt": f"Document number{number} tells of thing{number} and of the sea.\n"
    for number in range(12)
}
DEEP = SearchSpec(top_k=50, merge=False)


def start(place: Path) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(ROOT), *(entry for entry in sys.path if entry)])
    return subprocess.Popen(
        [sys.executable, "-m", "tests.flows.knowledge_runs", str(place)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    )


def run_until(place: Path, steps: int) -> bool:
    """Kill a build after so many steps; return whether it was done before."""
    process = start(place)
    assert process.stdout is not None
    done = False
    for number, line in enumerate(process.stdout, 1):
        done = done or line.startswith("done")
        if number == steps:
            process.send_signal(signal.SIGKILL)
            break
    _, error = process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), error
    return done


def opened(place: Path) -> KnowledgeBase:
    return KnowledgeBase.open(place / "base", folders(place), Bag())


def answers(place: Path) -> list[tuple[str, float]]:
    with opened(place) as base:
        hits = base.query("thing3 and the sea", DEEP)
        return [(hit.citation.path, round(hit.score, 5)) for hit in hits]


def whole(place: Path, texts: dict[str, set[str]]) -> None:
    """No document is there by half: what is found is one of its versions, from end to end."""
    with opened(place) as base:
        assert [problem for problem in base.verify() if not problem.harmless] == []
        found = {hit.citation.path: hit.text for hit in base.query("the sea", DEEP)}
        for path, text in found.items():
            assert text in texts[path]


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many steps a whole build tells of."""
    place = tmp_path_factory.mktemp("steps")
    write(place / "documents", DOCUMENTS)
    process = start(place)
    out, error = process.communicate()
    assert process.returncode == 0, error
    return len(out.splitlines())


@pytest.mark.parametrize("part", range(6))
def test_a_killed_build_shows_whole_documents_and_goes_on(
    tmp_path: Path, steps: int, part: int
) -> None:
    write(tmp_path / "documents", DOCUMENTS)
    run_until(tmp_path, chance().randint(1 + part * steps // 6, (part + 1) * steps // 6))
    if (tmp_path / "base/knowledge.sqlite").exists():
        try:
            whole(tmp_path, {name: {text.strip()} for name, text in DOCUMENTS.items()})
        except StudioError as error:  # killed before there was anything to ask
            assert "empty" in error.message or "nothing was written" in error.message
    assert run_until(tmp_path, 10_000)
    undisturbed = tmp_path / "undisturbed"
    build(undisturbed, DOCUMENTS).close()
    assert answers(tmp_path) == answers(undisturbed)
    with opened(tmp_path) as base:
        assert base.verify() == []


@pytest.mark.parametrize("part", range(4))
def test_a_killed_sync_loses_no_document(tmp_path: Path, steps: int, part: int) -> None:
    build(tmp_path, DOCUMENTS).close()
    new = {name: f"Now {text}" for name, text in DOCUMENTS.items()}
    write(tmp_path / "documents", new)
    run_until(tmp_path, chance().randint(1 + part * steps // 4, (part + 1) * steps // 4))
    with opened(tmp_path) as base:
        found = {hit.citation.path: hit.text for hit in base.query("the sea", DEEP)}
    assert set(found) == set(DOCUMENTS)
    assert all(text in (DOCUMENTS[path].strip(), new[path].strip()) for path, text in found.items())
    assert run_until(tmp_path, 10_000)
    with opened(tmp_path) as base:
        assert all(hit.text.startswith("Now") for hit in base.query("the sea", DEEP))
        assert base.verify() == []


def test_the_second_writer_is_refused_and_readers_go_on(tmp_path: Path) -> None:
    build(tmp_path, DOCUMENTS).close()
    before = answers(tmp_path)
    write(tmp_path / "documents", {name: f"Now {text}" for name, text in DOCUMENTS.items()})
    process = start(tmp_path)
    assert process.stdout is not None
    try:
        next(line for line in process.stdout if line.startswith("INSERT INTO"))
        process.send_signal(signal.SIGSTOP)  # in the middle of a commit
        with opened(tmp_path) as base:
            assert [hit.citation.path for hit in base.query("thing3 and the sea", DEEP)] == [
                path for path, _ in before
            ]
            with pytest.raises(StudioError, match=f"process {process.pid}"):
                base.sync(tmp_path / "documents")
            process.send_signal(signal.SIGCONT)
            process.communicate()
            assert process.returncode == 0
            # The same reader sees what was written meanwhile.
            assert all(hit.text.startswith("Now") for hit in base.query("the sea", DEEP))
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("kind", ["flat_ip", "flat_l2", "ivf_flat", "hnsw"])
def test_a_damaged_index_file_changes_no_answer(tmp_path: Path, kind: str) -> None:
    build(tmp_path, DOCUMENTS, index=IndexSpec(index_type=kind)).close()  # type: ignore[arg-type]
    before = answers(tmp_path)
    file = next((tmp_path / "base").glob("index-*.faiss"))
    sound = file.read_bytes()
    for damaged in (flipped(sound, len(sound) // 2), sound[: len(sound) // 2], None):
        file.unlink(missing_ok=True)
        if damaged is not None:
            file.write_bytes(damaged)
        assert answers(tmp_path) == before
        with opened(tmp_path) as base:
            assert [problem.where for problem in base.verify()] == [file.name]
    with opened(tmp_path) as base:
        base.sync(tmp_path / "documents")  # the next command makes it anew
        assert base.verify() == []
    assert answers(tmp_path) == before


def test_flipped_bits_in_the_store_are_never_an_answer(tmp_path: Path) -> None:
    """Every question is answered as before, or refused; what is saved of it is sound."""
    build(tmp_path, DOCUMENTS).close()
    before = answers(tmp_path)
    file = tmp_path / "base/knowledge.sqlite"
    settle(file)
    shutil.copytree(tmp_path / "base", tmp_path / "sound")
    dice = chance()
    for _ in range(40):
        shutil.rmtree(tmp_path / "base")
        shutil.copytree(tmp_path / "sound", tmp_path / "base")
        data = file.read_bytes()
        file.write_bytes(flipped(data, dice.randrange(100, len(data))))
        try:
            assert answers(tmp_path) == before
        except StudioError:
            try:
                KnowledgeBase.repair(tmp_path / "base")
            except StudioError as error:
                assert "build" in (error.hint or "")
                continue
            with opened(tmp_path) as base:
                assert base.verify() == []
                base.sync(tmp_path / "documents")
            assert sorted(answers(tmp_path)) == sorted(before)


def test_a_flipped_bit_in_a_passage_is_found_and_repaired(tmp_path: Path) -> None:
    build(tmp_path, DOCUMENTS).close()
    before = answers(tmp_path)
    file = tmp_path / "base/knowledge.sqlite"
    settle(file)
    data = file.read_bytes()
    place = data.index(b"tells of thing3 ")
    file.write_bytes(flipped(data, place))
    with opened(tmp_path) as base, pytest.raises(StudioError, match="changed") as refused:
        base.query("thing3", DEEP)
    assert "kb repair" in (refused.value.hint or "")
    with opened(tmp_path) as base:
        assert any("3.txt" in problem.what for problem in base.verify())
    assert KnowledgeBase.repair(tmp_path / "base") == ["3.txt"]
    with opened(tmp_path) as base:
        assert base.verify() == []
        assert base.sync(tmp_path / "documents").added == 1
    assert sorted(answers(tmp_path)) == sorted(before)


def chance() -> random.Random:
    """Return dice; CHAOS_SEED=any tries others than always the same, and says which."""
    asked = os.environ.get("CHAOS_SEED", "1")
    seed = random.randrange(2**32) if asked == "any" else int(asked)
    sys.stdout.write(f"seed {seed}\n")
    return random.Random(seed)


def settle(file: Path) -> None:
    """Bring everything from the log into the file."""
    base = sqlite3.connect(file)
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    base.close()


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 0b100]) + data[place + 1 :]
