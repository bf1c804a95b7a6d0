"""Runs that must not begin, or stop for want of room: said in one line, nothing spoilt."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from animstudio.cli.film_run import FilmRun, run_films
from animstudio.film.run.specs import RunSpec
from animstudio.film.stages.states import FilmState, film_states
from animstudio.kernel.errors import OutOfRoom
from animstudio.kernel.events import EventLog
from animstudio.kernel.files import sha256
from animstudio.kernel.guard import GuardSpec, Readings
from animstudio.kernel.machine import GB, Disk, Memory
from animstudio.kernel.progress import Reporter, ignore
from animstudio.pipeline import resources
from animstudio.pipeline import run as engine
from animstudio.pipeline.journal import Journal

from .film_runs import Desk, events, make_film, results, tone


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    make_film(tmp_path / "films" / "one.mp4", seed=1, sound=tone(2))
    make_film(tmp_path / "films" / "two.mkv", seed=2)
    return Desk(tmp_path / "films", tmp_path / "out", capsys)


def refused(desk: Desk, code: int, *options: str, source: Path | None = None) -> str:
    """Run something that cannot work; return the line that says why."""
    ended = desk.run(*options, source=source)
    assert ended.code == code
    assert ended.said == ""
    first, *hints = ended.talked.splitlines()
    assert first.startswith("error: ")
    assert all(line.startswith("  hint: ") for line in hints)
    assert len(hints) <= 1
    assert not ended.made()
    return first


def test_too_little_disk_stops_before_anything_is_decoded(desk: Desk) -> None:
    said = refused(desk, 1, "--disk-free-gb", "100000")
    assert "of disk free" in said
    assert "100000.0 GB" in said
    assert not (desk.out / "checkpoints").exists()


def test_memory_in_use_stops_before_anything_is_decoded(desk: Desk) -> None:
    said = refused(desk, 1, "--ram-warn", "0", "--ram-slow", "0", "--ram-stop", "0")
    assert "memory free" in said


def test_out_is_a_file(desk: Desk) -> None:
    desk.out.touch()
    assert "is a file" in refused(desk, 2)


def test_out_lies_under_a_file(desk: Desk) -> None:
    desk.out.touch()
    inside = Desk(desk.films, desk.out / "deeper", desk.capsys)
    assert f"{desk.out} is a file" in refused(inside, 2)


def test_out_cannot_be_written(desk: Desk) -> None:
    with read_only(desk.out):
        assert "cannot write here" in refused(desk, 2)


def test_the_films_are_not_there(desk: Desk, tmp_path: Path) -> None:
    assert "no such file or folder" in refused(desk, 2, source=tmp_path / "nothing")


def test_there_are_no_films(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "no films there" in refused(desk, 1, source=tmp_path / "empty")
    assert not desk.out.exists()


@pytest.mark.parametrize("room", [40_000, 120_000, 300_000])
def test_a_full_disk_is_said_and_the_run_goes_on_later(desk: Desk, room: int) -> None:
    """`room` bytes are free at first: too few for the sound, or for what comes after it."""
    whole = Desk(desk.films, desk.out.with_name("whole"), desk.capsys)
    with mounted(desk.out, f"size={4 << 20}"):
        ballast = desk.out / "ballast"
        free = os.statvfs(desk.out)
        ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - room))
        ended = desk.run()
        assert ended.code == 1
        assert "the disk is full" in ended.talked.replace("--disk-free-gb", "")
        assert "Traceback" not in ended.talked
        assert [line for line in ended.talked.splitlines() if line.startswith("error: ")] == [
            line for line in ended.talked.splitlines() if "the disk is full" in line
        ]
        assert unharmed(desk.out)
        ballast.unlink()
        ended = desk.run()
        assert ended.code == 0, ended.talked
        whole.run()
        assert results(desk.out) == results(whole.out)


def unharmed(out: Path) -> bool:
    """Return whether everything that the journal names is there, whole."""
    home = out.with_name(f"{out.name}-checkpoints")  # a full disk has no room to read in
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(out / "checkpoints", home)
    journal = Journal.open(home, write=False)
    late = {intent.record.item for intent in journal.late}
    return all(
        sha256(out / output.path) == output.sha256
        for (_, item), record in journal.records.items()
        for output in record.outputs
        if item not in late
    )


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """A small disk in memory; skips where mounting is not allowed."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no disk can be mounted here ({error})")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder that cannot be written: by its permissions, or for root by its disk."""
    if os.geteuid() == 0:
        with mounted(folder, "ro"):
            yield
        return
    folder.mkdir()
    folder.chmod(0o500)
    try:
        yield
    finally:
        folder.chmod(0o700)


def run_with(desk: Desk, memory: Callable[[], float], patience: float) -> list[FilmState]:
    """Run on a machine of which `memory` says what share is in use at each look."""
    readings = Readings(
        memory=lambda: Memory(100 * GB, round((1 - memory()) * 100 * GB)),
        disk=lambda folder: Disk(1000 * GB, 0, 500 * GB),
        rss=lambda: GB,
    )
    run = RunSpec(workers=1, patience=patience)
    asked = FilmRun("t", desk.out, ("prepare", "analyze"), ["one", "two"], desk.films, run=run)
    with EventLog(desk.out / "logs" / "events.jsonl") as log:
        outcome = run_films(asked, log, Reporter(ignore), GuardSpec(), readings)
    return film_states(outcome.ended)


@pytest.fixture(autouse=True)
def impatient_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look around often, so that nothing waits a second."""
    monkeypatch.setattr(engine, "_PULSE", 0.01)
    monkeypatch.setattr(resources, "_LOOK_EVERY", 0)


def verdicts(out: Path) -> list[tuple[str, str]]:
    return [(e["before"], e["level"]) for e in events(out) if e["type"] == "guard.changed"]


def test_work_waits_while_others_have_the_memory(desk: Desk) -> None:
    looks = iter([0.5, 0.95, 0.95, 0.95, *[0.5] * 10_000])
    states = run_with(desk, lambda: next(looks), patience=600)
    assert [state.done for state in states] == [True, True]
    assert verdicts(desk.out) == [("ok", "stop"), ("stop", "ok")]


def test_work_gives_up_when_patience_ends(desk: Desk) -> None:
    looks = iter([0.5, *[0.95] * 10_000])
    with pytest.raises(OutOfRoom, match="no new work was begun: memory is 95% full") as told:
        run_with(desk, lambda: next(looks), patience=0)
    assert told.value.hint
    assert verdicts(desk.out) == [("ok", "stop")]
    assert [e["type"] for e in events(desk.out)][-1] == "run.ended"
    assert not (desk.out / "analysis").exists()


def test_what_runs_is_finished_before_giving_up(desk: Desk) -> None:
    """Memory runs short once work on the first film has begun: that is committed, and no more."""
    begun = False

    def memory() -> float:
        nonlocal begun
        begun = begun or any(e["type"] == "film.opened" for e in events(desk.out))
        return 0.95 if begun else 0.5

    with pytest.raises(OutOfRoom):
        run_with(desk, memory, patience=0)
    assert len([e for e in events(desk.out) if e["type"] == "film.opened"]) == 1
    assert len([e for e in events(desk.out) if e["type"] == "film.made"]) == 1
    states = run_with(desk, lambda: 0.5, patience=0)
    assert [state.done for state in states] == [True, True]
