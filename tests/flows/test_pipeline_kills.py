"""Runs that are killed, stopped, doubled and cancelled, with real processes."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from animstudio.kernel.errors import AskedWrongly, OutOfRoom, WorkFailed
from animstudio.pipeline.api import cancel_run, list_runs, status_of
from tests.unit.pipeline.engine.theatre import Theatre, logged

from .film_runs import end, until, workers_of

ROOT = Path(__file__).parents[2]
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def theatre(tmp_path: Path) -> Theatre:
    there = Theatre(tmp_path)
    there.write(a="alpha\n", b="beta\n", c="gamma\n")
    return there


@pytest.fixture
def start(theatre: Theatre) -> Iterator[Start]:
    """Start a run in a process group of its own."""
    begun: list[subprocess.Popen[str]] = []
    paths = os.pathsep.join([str(ROOT), *(path for path in sys.path if path)])

    def begin(name: str, *words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.flows.pipeline_player", str(theatre.place), name, *words],
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": paths},
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        end(process)


def of(theatre: Theatre, kind: str) -> list[dict[str, Any]]:
    return [event for event in logged(theatre.out) if event["type"] == kind]


def test_kills_at_random_moments_lose_and_redo_nothing(
    theatre: Theatre, start: Start, tmp_path: Path
) -> None:
    """The coordinator, a worker or the whole group; the seed is fixed, the moments vary.

    The last items wait until the last run, so no run is over before it is killed.
    """
    dice, gated = random.Random(7), theatre.place / "gated"
    process = start("many")
    for _ in range(6):
        gated.unlink(missing_ok=True)
        aim = len(of(theatre, "item.committed")) + dice.randrange(1, 40)
        _reached(theatre, aim, gated)
        kind = dice.choice(["group", "coordinator", "worker"])
        if kind == "worker":
            for pid in workers_of(process.pid)[:1]:
                os.kill(pid, signal.SIGKILL)
            continue  # the run lives on, with another worker
        if kind == "group":
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait(60)
        process = start("many")
    process.kill()
    process.wait(60)
    (theatre.place / "marker").touch()
    final = start("many")
    assert final.wait(90) == 0, final.stderr and final.stderr.read()
    made = Counter((e["stage"], e["item"]) for e in of(theatre, "item.committed"))
    assert max(made.values()) == 1
    whole = Theatre(tmp_path / "whole")
    whole.place.mkdir()
    whole.write(a="alpha\n", b="beta\n", c="gamma\n")
    undisturbed = whole.run(whole.lines(), whole.one(), whole.act(count=120), whole.join())
    assert undisturbed.outcome.complete
    assert theatre.results() == whole.results()
    assert not (theatre.out / "checkpoints/.drafts").exists()


def _reached(theatre: Theatre, aim: int, gated: Path) -> None:
    until(lambda: gated.exists() or len(of(theatre, "item.committed")) >= aim)


def test_an_orphan_that_wakes_later_publishes_nothing(theatre: Theatre, start: Start) -> None:
    """A worker is stopped, its run is killed and replaced, and then the worker goes on."""
    first = start("orphan")
    orphan = int(until(lambda: list(theatre.place.glob("marker.*")))[0].suffix[1:])
    os.kill(orphan, signal.SIGSTOP)
    first.kill()
    first.wait()
    try:
        second = start("calm")
        assert second.wait(60) == 0, second.stderr and second.stderr.read()
        after = theatre.results()
        (theatre.place / "marker").touch()
        os.kill(orphan, signal.SIGCONT)
        until(lambda: not Path(f"/proc/{orphan}").exists() or _zombie(orphan))
        assert theatre.results() == after
        assert b"orphan" not in b"".join(after.values())
        assert not (theatre.out / "checkpoints/.drafts").exists()
        committed = {event["attempt"] for event in of(theatre, "item.committed")}
        started = {e["attempt"] for e in of(theatre, "item.started") if e["item"] == "i000001"}
        assert len(started & committed) == 1
    finally:
        if Path(f"/proc/{orphan}").exists():
            os.kill(orphan, signal.SIGKILL)


def _zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z")


def test_the_second_run_is_told_who_holds_the_folder_or_waits(
    theatre: Theatre, start: Start
) -> None:
    first = start("waits")
    until(lambda: of(theatre, "item.started"))
    second = start("waits")
    assert second.wait(60) == 1
    assert second.stderr is not None
    told = second.stderr.read()
    assert f"another run is writing here (process {first.pid}, since 20" in told
    assert "pipeline_player.py" in told
    third = start("waits", "600")
    (theatre.place / "marker").touch()
    assert first.wait(60) == 0
    assert third.wait(60) == 0
    assert len(of(theatre, "item.committed")) == 40
    assert [run.status for run in list_runs(theatre.place / "state")] == ["completed"] * 2


def test_a_run_can_be_cancelled_and_goes_on_later(theatre: Theatre, start: Start) -> None:
    state = theatre.place / "state"
    process = start("waits")
    until(lambda: of(theatre, "item.committed"))
    (run,) = list_runs(state)
    assert run.alive and run.status == "running"
    live = status_of(state, run.id)
    assert live.counts["made"] >= 1
    assert live.at_work
    ended = cancel_run(state, run.id)
    assert process.wait(60) == 130
    assert ended.status == "interrupted"
    with pytest.raises(WorkFailed, match="does not run any more: it was interrupted"):
        cancel_run(state, run.id)
    (theatre.place / "marker").touch()
    assert start("waits").wait(60) == 0
    made = Counter(e["item"] for e in of(theatre, "item.committed"))
    assert len(made) == 40 and max(made.values()) == 1
    with pytest.raises(AskedWrongly, match="no run is called"):
        status_of(state, "nothing")


def test_a_killed_run_is_known_as_killed(theatre: Theatre, start: Start) -> None:
    process = start("waits")
    until(lambda: of(theatre, "item.started"))
    process.kill()
    process.wait()
    (run,) = list_runs(theatre.place / "state")
    assert run.status == "killed"
    assert not run.alive
    record = json.loads((run.folder / "run.json").read_text())
    assert record["status"] == "running"
    assert status_of(theatre.place / "state", run.id).at_work == []


def test_a_disk_that_fills_up_costs_nothing_that_stood(theatre: Theatre, tmp_path: Path) -> None:
    """On a real file system of one megabyte; where none can be mounted, this is skipped."""
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        there = Theatre(small)
        there.write(a="alpha\n")
        assert there.run(there.lines()).outcome.complete
        (small / "ballast").write_bytes(b"x" * 700_000)
        there.write(b="b" * 60_000, c="c" * 60_000, d="d" * 60_000, e="e" * 60_000)
        with pytest.raises(OutOfRoom, match="the disk is full"):
            for _ in range(20):
                there.run(there.lines(upper=True), fresh=["lines"])
                with (small / "ballast").open("ab") as ballast:
                    ballast.write(b"x" * 30_000)
        (small / "ballast").unlink()
        ended = there.run(there.lines(upper=True))
        assert ended.outcome.complete
        assert there.run(there.lines(upper=True)).outcome.nothing_changed
        assert there.text("lines/a.txt") == "ALPHA\n"
    finally:
        subprocess.run(["umount", str(small)], check=True)
