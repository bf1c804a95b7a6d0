"""Every row of the recovery table, and what becomes of the job."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from animstudio.jobs.endings import ending
from animstudio.jobs.job import Attempt, Cancelled, Completed, Failed, Job, Paused, Queued, Running
from animstudio.jobs.recover import Alive, Finding, NeverBegan, Orphaned, Over, PutOut, examine
from animstudio.jobs.shim.folder import Control, Ended, Folder, Spawned, started
from animstudio.jobs.shim.tree import survivors
from tests.unit.jobs.orders import plain

ATTEMPT = Attempt(1, 1, "token-of-nobody", (), 0, 0.0, "boot-1", 0.0)
GONE = Spawned(shim=2**22 + 1, shim_started=1, job=2**22 + 2, job_started=1, boot="boot-1")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def look(folder: Folder, boot: str = "boot-1") -> Finding:
    return examine(folder, ATTEMPT, boot=boot)


def test_exit_is_there(folder: Folder):
    folder.write_ended(Ended(3, "exited", "", 1.0))
    assert look(folder) == Over(Ended(3, "exited", "", 1.0))
    assert look(folder, "boot-2") == Over(Ended(3, "exited", "", 1.0))


def test_lock_is_held(folder: Folder):
    lock = folder.lock()
    assert lock is not None
    assert look(folder) == Alive(None)  # it has not said its name yet
    os.pwrite(lock, f"{os.getpid()} {started(os.getpid())}".encode(), 0)
    assert look(folder) == Alive(os.getpid())
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()} 1".encode(), 0)  # the number was given anew
    assert look(folder) == Alive(None)
    os.close(lock)


def test_never_began_and_never_will(folder: Folder):
    assert look(folder) == NeverBegan()
    assert folder.revoked
    lock = folder.lock()
    assert lock is not None, "the lock is free again"
    os.close(lock)


def test_shim_was_killed(folder: Folder):
    folder.write_spawned(GONE)
    assert look(folder) == Orphaned(())
    assert not folder.revoked


def test_a_process_between_its_birth_and_its_program_is_a_survivor():
    # It shares the environment and the group of whoever forked it, as this child does ours.
    child = subprocess.Popen(["sh", "-c", "sleep 99 & wait"])
    try:
        found = survivors("token-of-nobody", child.pid)
        assert child.pid in found
        assert os.getpid() not in found
    finally:
        for pid in survivors("token-of-nobody", child.pid):
            os.kill(pid, signal.SIGKILL)
        child.wait()


@pytest.mark.parametrize("began", [False, True])
def test_the_machine_went_down(folder: Folder, began: bool):
    if began:
        folder.write_spawned(GONE)
    assert look(folder, "boot-2") == PutOut(began)


def job(**changes: object) -> Job:
    return Job(1, "u", plain(**changes), Running(0.0, 1), 0.0, 0.0, attempts=1, failures=0)


STOP = Control("stop", "cancelled", "cancelled by its user")


@pytest.mark.parametrize(
    ("finding", "control", "changes", "state"),
    [
        (Over(Ended(0, "exited", "", 1.0)), None, {}, Completed(9.0)),
        (Over(Ended(1, "exited", "", 1.0)), None, {}, Failed(9.0, 1, "ended with code 1")),
        (Over(Ended(137, "exited", "", 1.0)), None, {}, Failed(9.0, 137, "killed by SIGKILL")),
        (Over(Ended(1, "exited", "", 1.0)), None, {"retries": 1, "backoff": 4.0},
         Queued(9.0, 4.0, "ended with code 1")),
        (Over(Ended(127, "error", "no", 1.0)), None, {"retries": 9}, Failed(9.0, 127, "no")),
        (Over(Ended(143, "stop", "x", 1.0)), STOP, {}, Cancelled(9.0, "cancelled by its user")),
        (Over(Ended(0, "exited", "", 1.0)), STOP, {}, Completed(9.0)),
        (Over(Ended(0, "checkpoint", "", 1.0)), Control("checkpoint", "paused"), {},
         Paused(9.0, "checkpoint")),
        (Over(Ended(143, "stop", "", 1.0)), Control("stop", "paused"), {}, Paused(9.0, "requeue")),
        (NeverBegan(), None, {}, Queued(9.0, 0.0, "it never began")),
        (NeverBegan(), STOP, {}, Cancelled(9.0, "cancelled by its user")),
        (PutOut(began=False), None, {}, Queued(9.0, 0.0, "the machine went down")),
        (PutOut(began=True), None, {}, Failed(9.0, None, "the machine went down")),
        (PutOut(began=True), None, {"resumable": True}, Queued(9.0, 0.0, "the machine went down")),
        (Orphaned(()), None, {},
         Failed(9.0, None, "the process that watched it was killed, so nobody saw how it ended;"
                " its work may be done")),
    ],
)  # fmt: skip
def test_what_becomes_of_the_job(finding: Finding, control: Control | None, changes, state):
    assert ending(job(**changes), ATTEMPT, finding, control, 9.0).state == state


def test_only_real_failures_burn_retries():
    assert not ending(job(), ATTEMPT, NeverBegan(), None, 9.0).failed
    assert not ending(job(), ATTEMPT, PutOut(began=False), None, 9.0).failed
    assert ending(job(), ATTEMPT, Over(Ended(1, "exited", "", 1.0)), None, 9.0).failed


def test_back_off_doubles():
    tried = replace(job(retries=9, backoff=10.0), failures=2)
    state = ending(tried, ATTEMPT, Over(Ended(1, "exited", "", 1.0)), None, 9.0).state
    assert state == Queued(9.0, 40.0, "ended with code 1")


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("ModuleNotFoundError: No module named 'torch'",
         Failed(9.0, 1, "code: ModuleNotFoundError: No module named 'torch'")),
        ("torch.OutOfMemoryError: CUDA out of memory.",
         Queued(9.0, 30.0, "out of memory: torch.OutOfMemoryError: CUDA out of memory.")),
        ("something else", Queued(9.0, 10.0, "ended with code 1")),
    ],
)  # fmt: skip
def test_some_failures_are_tried_again_and_some_are_not(words: str, state: object):
    finding = Over(Ended(1, "exited", "", 1.0))
    tried = job(retries=5, backoff=10.0)
    assert ending(tried, ATTEMPT, finding, None, 9.0, f"step 1\n{words}\n").state == state


def test_what_never_begins_is_not_tried_without_rest():
    state = ending(replace(job(), attempts=3), ATTEMPT, NeverBegan(), None, 9.0).state
    assert isinstance(state, Queued)
    assert state.wait > 1
