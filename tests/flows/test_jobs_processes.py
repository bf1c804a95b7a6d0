"""Jobs as processes: killed, paused, ended, with and without who watches them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from .jobs_studio import ROOT, Studio, studio, until  # noqa: F401


def test_a_killed_daemon_loses_nothing(studio: Studio) -> None:  # noqa: F811
    studio.run("daemon", "start")
    go = studio.state / "go"
    os.mkfifo(go)
    job = studio.submit(f"echo up; read x < {go}; echo end")
    processes = studio.began(job)
    before = studio.daemon
    os.kill(before, signal.SIGKILL)
    assert studio.job(job)["state"] == "running"  # the command started another daemon
    assert studio.daemon != before
    go.write_text("x\n")
    studio.run("wait", job)
    assert studio.log(job).read_text() == "up\nend\n"
    assert studio.job(job)["attempts"] == 1
    assert not Path(f"/proc/{processes['job']}").exists()


def test_a_killed_shim_is_noticed_and_its_processes_are_waited_for(studio: Studio) -> None:  # noqa: F811
    go = studio.state / "go"
    studio.run("daemon", "start")
    os.mkfifo(go)
    job = studio.submit(f"echo up; read x < {go}; echo end")
    os.kill(studio.began(job)["shim"], signal.SIGKILL)
    assert studio.job(job)["state"] == "running"
    go.write_text("x\n")
    studio.run("wait", job, code=1)
    assert "nobody saw how it ended" in studio.job(job)["reason"]
    assert studio.log(job).read_text() == "up\nend\n"
    for verb in ("status", "events"):
        assert "ended unseen" in studio.run(verb, job).stdout
    assert "the process that watched it was killed" in studio.run("why", job).stdout


def test_without_its_shim_a_job_is_still_paused_resumed_and_timed(studio: Studio) -> None:  # noqa: F811
    job = studio.submit("echo up; while :; do sleep .05; done", "--timeout", "1h")
    processes = studio.began(job)
    stat = Path(f"/proc/{processes['job']}/stat")
    os.kill(processes["shim"], signal.SIGKILL)
    studio.run("pause", job)
    until(lambda: "T" in stat.read_text().rpartition(") ")[2])
    studio.run("resume", job)
    until(lambda: "T" not in stat.read_text().rpartition(") ")[2])
    studio.run("cancel", job)
    studio.run("wait", job, code=1)
    assert studio.job(job)["state"] == "cancelled"
    with suppress(FileNotFoundError, ProcessLookupError):  # it may wait to be buried by process 1
        assert stat.read_text().rpartition(") ")[2].startswith("Z")
    timed = studio.submit("kill -KILL $PPID; exec sleep 99", "--timeout", "2s")
    studio.run("wait", timed, code=1)
    assert "nobody saw how it ended" in studio.job(timed)["reason"]


def test_cancel_ends_all_processes(studio: Studio) -> None:  # noqa: F811
    job = studio.submit("setsid sleep 99 & echo up; sleep 99")
    studio.began(job)
    studio.run("cancel", job)
    studio.run("wait", job, code=1)
    assert studio.job(job)["state"] == "cancelled"
    mark = f"ANIMSTUDIO_RUN_DIR={studio.state}".encode()
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            assert not (folder.name.isdigit() and mark in (folder / "environ").read_bytes())


def test_three_pauses(studio: Studio) -> None:  # noqa: F811
    job = studio.submit("trap 'echo saved; exit 0' USR1; echo up; while :; do sleep .05; done")
    processes = studio.began(job)
    studio.run("pause", job)
    until(lambda: "T" in Path(f"/proc/{processes['job']}/stat").read_text().split(") ")[1])
    assert studio.job(job)["how"] == "freeze"
    studio.run("resume", job)
    for attempt, how in ((1, "checkpoint"), (2, "requeue")):
        studio.began(job, attempt)
        studio.run("pause", job, "--how", how)
        until(lambda: studio.job(job)["state"] == "paused")
        assert studio.job(job)["how"] == how
        studio.run("resume", job)
    assert "saved" in studio.log(job).read_text()
    studio.began(job, 3)
    assert studio.job(job)["failures"] == 0


def test_kill_anything_at_any_moment() -> None:
    command = [sys.executable, "benchmarks/jobs/chaos.py", "--kills", "15", "--seed", "11"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(["src", *sys.path])}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True,
                          timeout=900, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
