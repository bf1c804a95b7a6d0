"""The shim, with real processes and no daemon at all."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from animstudio.jobs.recover import Orphaned, examine
from animstudio.jobs.shim.folder import TOKEN, Control, Ended, Folder
from animstudio.kernel.process import boot_id, carrying
from tests.unit.jobs.test_recover import ATTEMPT

MAIN = (
    "import json, signal, sys; from animstudio.jobs.shim.attend import LISTENED, supervise;"
    "signal.pthread_sigmask(signal.SIG_BLOCK, LISTENED); supervise(json.loads(sys.argv[1]))"
)


class Shim:
    """A shim and its attempt's folder."""

    def __init__(self, path: Path, script: str, **changes: object) -> None:
        import json

        self.folder, self.token = Folder(path), f"token-{path}"
        launch = {
            "folder": str(path), "argv": ["sh", "-c", script], "cwd": str(path),
            "env": {"PATH": os.environ["PATH"], TOKEN: self.token}, "log": str(self.folder.log),
            "timeout": None, "grace": 10.0, "book": None, "token": self.token, "saved": None,
        } | changes  # fmt: skip
        self.process = subprocess.Popen([sys.executable, "-c", MAIN, json.dumps(launch)])

    def ended(self) -> Ended:
        self.process.wait(60)
        found = self.folder.ended()
        assert found is not None
        assert list(carrying(TOKEN, self.token)) == [], "nothing of it is left"
        return found

    def said(self, text: str) -> None:
        until(lambda: self.folder.log.is_file() and text in self.folder.log.read_text())

    def tell(self, control: Control) -> None:
        self.folder.write_control(control)
        self.process.send_signal(signal.SIGUSR1)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        select.select([], [], [], 0.01)


def test_it_runs_and_tells_how_it_ended(tmp_path: Path):
    shim = Shim(tmp_path, "echo out; echo err >&2; exit 3")
    ended = shim.ended()
    assert (ended.code, ended.why) == (3, "exited")
    assert shim.folder.log.read_text() == "out\nerr\n"
    spawned = shim.folder.spawned()
    assert spawned is not None
    assert spawned.boot == boot_id()


def test_no_such_program(tmp_path: Path):
    ended = Shim(tmp_path, "", argv=["no-such-program"]).ended()
    assert (ended.code, ended.why) == (127, "error")
    assert "no-such-program: No such file" in ended.reason


def test_a_word_that_is_too_long_for_the_system_is_told_in_short(tmp_path: Path):
    ended = Shim(tmp_path, "", argv=["x" * 100_000]).ended()
    assert ended.why == "error" and ended.reason.endswith("File name too long")
    assert len(ended.reason) < 1000


def test_an_ending_is_written_as_soon_as_that_is_possible(tmp_path: Path):
    in_the_way = tmp_path / "exit.json" / "x"
    in_the_way.mkdir(parents=True)
    shim = Shim(tmp_path, "echo $$")
    shim.said("\n")
    until(lambda: not Path(f"/proc/{int(shim.folder.log.read_text())}").exists())
    assert shim.folder.lock() is None, "it has not given up"
    in_the_way.rmdir()
    in_the_way.parent.rmdir()
    assert shim.ended().code == 0


def test_no_such_folder(tmp_path: Path):
    ended = Shim(tmp_path, "true", cwd=str(tmp_path / "gone")).ended()
    assert ended.why == "error"
    assert "gone" in ended.reason


def test_timeout_ends_the_whole_group(tmp_path: Path):
    ended = Shim(tmp_path, "sleep 99 & sleep 99", timeout=0.2).ended()
    assert ended.why == "timeout"
    assert ended.seconds < 90


def test_who_does_not_heed_term_is_killed_wherever_it_hides(tmp_path: Path):
    stubborn = "trap '' TERM; setsid sh -c 'trap \"\" TERM; sleep 99 & wait; sleep 99' & echo up; wait; sleep 99"  # noqa: E501
    shim = Shim(tmp_path, stubborn, grace=0.2)
    shim.said("up")
    shim.tell(Control("stop", "cancelled", "enough"))
    ended = shim.ended()
    assert (ended.why, ended.reason) == ("stop", "enough")


def test_freeze_and_thaw(tmp_path: Path):
    os.mkfifo(tmp_path / "fifo")
    shim = Shim(tmp_path, "echo up; read x < fifo; echo on")
    spawned = shim.folder.spawned
    shim.said("up")
    job = spawned()
    assert job is not None
    state = lambda: Path(f"/proc/{job.job}/stat").read_text().rpartition(") ")[2][0]  # noqa: E731
    shim.tell(Control("freeze"))
    until(lambda: state() == "T")
    shim.tell(Control("thaw"))
    until(lambda: state() != "T")
    (tmp_path / "fifo").write_text("x\n")
    assert shim.ended().code == 0


def test_checkpoint_lets_it_save(tmp_path: Path):
    shim = Shim(tmp_path, "trap 'echo saved; exit 0' USR1; echo up; while :; do sleep 0.05; done")
    shim.said("up")
    shim.tell(Control("checkpoint", "paused", "", int(signal.SIGUSR1), 20.0))
    assert shim.ended().why == "checkpoint"
    assert "saved" in shim.folder.log.read_text()


def test_a_word_before_it_began_is_heard(tmp_path: Path):
    Folder(tmp_path).write_control(Control("stop", "cancelled"))
    assert Shim(tmp_path, "sleep 99").ended().why == "stop"


def test_a_revoked_attempt_never_begins(tmp_path: Path):
    Folder(tmp_path).revoke()
    shim = Shim(tmp_path, "touch ran")
    shim.process.wait(60)
    assert not (tmp_path / "ran").exists()
    assert shim.folder.spawned() is None


def test_a_second_shim_leaves_the_attempt_alone(tmp_path: Path):
    os.mkfifo(tmp_path / "fifo")
    first = Shim(tmp_path, "echo ran; read x < fifo || true")
    first.said("ran")
    Shim(tmp_path, "echo ran").process.wait(60)
    (tmp_path / "fifo").write_text("x\n")
    first.ended()
    Shim(tmp_path, "echo ran").process.wait(60)
    assert first.folder.log.read_text() == "ran\n"


def test_who_outlives_a_killed_shim_is_found(tmp_path: Path):
    from dataclasses import replace

    shim = Shim(tmp_path, "setsid sleep 99 & sleep 99 & echo up; wait")
    shim.said("up")
    until(shim.folder.spawned)
    shim.process.kill()
    shim.process.wait()
    attempt = replace(ATTEMPT, token=shim.token, boot=boot_id())
    found = examine(shim.folder, attempt, boot=boot_id())
    assert isinstance(found, Orphaned)
    assert len(found.pids) >= 2
    for pid in found.pids:
        os.kill(pid, signal.SIGKILL)
    until(lambda: examine(shim.folder, attempt, boot=boot_id()) == Orphaned(()))


def test_a_job_begins_with_no_signal_blocked(tmp_path: Path):
    shim = Shim(tmp_path, "grep -E 'Sig(Blk|Ign)' /proc/self/status")
    shim.ended()
    assert "SigBlk:\t0000000000000000" in shim.folder.log.read_text()
