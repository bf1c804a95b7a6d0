"""No program, and nothing that one started, outlives its stage."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from animstudio.catalog import stages
from animstudio.pipeline import groups
from animstudio.pipeline import run as engine
from animstudio.pipeline.desk import Desk
from animstudio.pipeline.recipe.model import StageNode
from animstudio.pipeline.stages import command

from .theatre import Hasty, Ran, Theatre

DAEMON = """\
(setsid {bare}sh -c 'trap "" TERM HUP; echo $$ > {pid}.new; mv {pid}.new {pid}; sleep 600' &)
until [ -e {pid} ]; do sleep 0.01; done
"""
"""Starts a daemon in a session of its own, deaf to TERM, and waits until it is up."""


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the clock often, and let nobody linger."""
    monkeypatch.setattr(engine, "_PULSE", 0.01)
    monkeypatch.setattr(groups, "GRACE", 0.1)
    monkeypatch.setattr(command, "GRACE", 0.1)


def shell(theatre: Theatre, words: str, **more: object) -> Ran:
    """Run a text of a shell as a stage; `more` is for the run."""
    timeout = 60.0 if "clock" in more else None
    config = {"argv": words, "shell": True, "outputs": {"x": "x"}}
    node = StageNode("cmd", "command", config, timeout=timeout)
    return theatre.run(node, types=stages(), **more)


def lives(pid: int) -> bool:
    try:
        return not Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z")
    except OSError:
        return False


def ends(pid: int) -> bool:
    """Wait until a process has ended; it was told so already."""
    until = time.monotonic() + 60
    while lives(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not lives(pid)


def test_what_runs_in_the_background_ends_with_its_program(theatre: Theatre) -> None:
    ran = shell(theatre, "sleep 600 & echo $! > $OUTPUT_X")
    pid = int(theatre.text("x"))
    assert ran.outcome.complete and ends(pid)
    (left,) = ran.of("item.left_running")
    assert (left.stage, left.item) == ("cmd", "all")
    assert left.processes.endswith(f" ({pid})")


def test_a_program_that_waits_for_its_own_leaves_nothing(theatre: Theatre) -> None:
    ran = shell(theatre, "true & (true &) ; wait; touch $OUTPUT_X; sleep 600 & kill $!; wait")
    assert ran.outcome.complete
    assert all("sleep" not in left.processes for left in ran.of("item.left_running"))


@pytest.mark.parametrize("bare", ["", "env -i PATH=$PATH "])
def test_a_daemon_does_not_outlive_its_program(theatre: Theatre, bare: str) -> None:
    """With the environment that it was given, or with one of its own."""
    noted = theatre.place / "pid"
    ran = shell(theatre, DAEMON.format(bare=bare, pid=noted) + "touch $OUTPUT_X")
    pid = int(noted.read_text())
    assert ran.outcome.complete and ends(pid)
    assert f"sh ({pid})" in ran.of("item.left_running")[0].processes


def test_a_program_that_takes_too_long_is_ended(theatre: Theatre) -> None:
    noted = theatre.place / "pid"
    words = f"echo $$ > {noted}.new; mv {noted}.new {noted}; sleep 600"
    ran = shell(theatre, words, real=True, clock=Hasty(noted))
    assert ran.failed == {"cmd/all": "it took longer than 60 s, and was ended"}
    assert ends(int(noted.read_text()))


def test_a_daemon_does_not_outlive_a_program_that_takes_too_long(theatre: Theatre) -> None:
    noted = theatre.place / "pid"
    words = DAEMON.format(bare="", pid=noted) + "sleep 600"
    ran = shell(theatre, words, real=True, clock=Hasty(noted))
    assert ran.failed == {"cmd/all": "it took longer than 60 s, and was ended"}
    assert ends(int(noted.read_text()))


def test_what_a_killed_run_left_running_is_ended_by_the_next(theatre: Theatre) -> None:
    """The leader of its group died with the run; what that had started lives on, here and there."""
    desk = Desk.at(theatre.recipe(), theatre.out)
    drafts = desk.drafts / "20260101-000000-abcdef" / "0" / "1"
    drafts.mkdir(parents=True)
    token = groups.note_token(drafts)
    leader = subprocess.Popen(
        ["sh", "-c", "sleep 600 & echo $!; setsid sh -c 'echo $$ > far; sleep 600' >&- & wait"],
        stdout=subprocess.PIPE, text=True, start_new_session=True, cwd=theatre.place,
        env={**os.environ, groups.TOKEN: token},
    )  # fmt: skip
    assert leader.stdout is not None
    with leader.stdout as said:
        left = int(said.readline())
    far = theatre.place / "far"
    until = time.monotonic() + 60
    while not (far.exists() and far.read_text()) and time.monotonic() < until:
        time.sleep(0.01)
    groups.note_group(drafts, leader.pid, token)
    leader.kill()
    leader.wait()
    assert lives(left) and lives(int(far.read_text()))
    shell(theatre, "touch $OUTPUT_X")
    assert ends(left) and ends(int(far.read_text()))


def test_a_note_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    leader = subprocess.Popen(["sleep", "600"], start_new_session=True)
    (tmp_path / ".group").write_text(f"{leader.pid} {groups.started(leader.pid)}")
    assert groups.end_groups(tmp_path) == 1
    assert leader.wait() == -15
    assert not list(tmp_path.iterdir())
