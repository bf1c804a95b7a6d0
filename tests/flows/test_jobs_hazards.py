"""What goes wrong on real machines: folders vanish, logs grow without end, stores are others'."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from animstudio.jobs import client
from animstudio.jobs.api import Queue
from animstudio.kernel.errors import WorkFailed

from .jobs_studio import ROOT, Studio, studio, until  # noqa: F401


def test_a_program_and_a_folder_that_are_gone_when_it_begins(
    studio: Studio,  # noqa: F811
    tmp_path: Path,
) -> None:
    folder = tmp_path / "路 卡"
    folder.mkdir()
    studio.run("drain")
    lost = studio.run("submit", "-q", "--retries", "3", "--directory", folder, "--", "true").stdout
    none = studio.run("submit", "-q", "--retries", "3", "--", "no-such-program").stdout
    folder.rmdir()
    studio.run("drain", "--end")
    studio.run("wait", "all", code=1)
    for job, said in ((lost, f"{folder}: No such file"), (none, "no-such-program: No such file")):
        found = studio.job(int(job))
        assert (found["state"], found["attempts"]) == ("failed", 1), "no try would be another"
        assert said in found["reason"]
    words = ("submit", "--directory", folder, "--", "true")
    assert "there is no such folder" in studio.run(*words, code=2).stderr


def test_the_folder_of_a_running_attempt_is_removed(studio: Studio) -> None:  # noqa: F811
    go = studio.state / "go"
    studio.run("daemon", "start")
    os.mkfifo(go)
    job = studio.submit(f"echo up; read x < {go}", "--retries", "0")
    studio.began(job)
    shutil.rmtree(studio.log(job).parent)
    shutil.rmtree(studio.state / f"jobs/runs/{job}")
    studio.run("list")
    go.write_text("x\n")
    studio.run("wait", job, code=None)
    assert studio.job(job)["state"] in ("completed", "failed")
    assert studio.run("wait", studio.submit("exit 0")).returncode == 0


def test_the_whole_queue_is_removed_under_its_daemon(studio: Studio) -> None:  # noqa: F811
    studio.submit("exit 0")
    before = studio.daemon
    shutil.rmtree(studio.state / "jobs")
    assert studio.submit("exit 0") == 1, "an empty queue, with a daemon of its own"
    assert studio.daemon != before
    studio.run("wait", 1)
    os.kill(before, signal.SIGTERM)
    until(lambda: not Path(f"/proc/{before}").exists())
    studio.run("daemon", "status", code=None)


def test_of_daemons_that_start_at_once_one_serves(studio: Studio) -> None:  # noqa: F811
    command = [sys.executable, "-m", "animstudio", "jobs", "daemon", "start"]
    starts = [
        subprocess.Popen(command, cwd=ROOT, env=studio.environment, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    pids = {start.communicate(timeout=600)[0] for start in starts}
    assert [start.returncode for start in starts] == [0] * 4
    assert pids == {f"{studio.daemon}\n".encode()}


@pytest.mark.parametrize("verb", [
    "cancel", "pause", "resume", "hold", "release", "retry", "rm", "wait", "status", "why", "logs",
    "checkpoints", "events",
])  # fmt: skip
def test_ids_that_never_were(verb: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    found = Studio(tmp_path_factory.getbasetemp() / "never")  # one queue for all of them
    if not found.state.exists():
        found.submit("exit 0")
    for word, said in (("99", "no job 99; the last one is 1"), ("1_5", "job 1 is no array")):
        assert said in found.run(verb, word, code=2).stderr
    found.run("daemon", "stop")


def test_words_that_are_no_jobs(studio: Studio) -> None:  # noqa: F811
    job = studio.run("submit", "-q", "--hold", "--name", "路卡", "--", "true").stdout.strip()
    for words, said in (
        (("cancel", "5-2"), "5-2 goes down; write 2-5"), (("status", "路 卡"), "no job is called"),
        (("cancel",), "name jobs: 5, 3-9"), (("priority", "hihg", job), "did you mean 'high'"),
        (("priority", "21", job), "less than or equal to 20"),
        (("submit", "--after", "99", "--", "true"), "no job 99 to wait for"),
    ):  # fmt: skip
        assert said in studio.run(*words, code=2).stderr
    studio.run("priority", "high", job)
    assert studio.job(1)["priority"] == 10


def test_a_store_of_a_later_version(studio: Studio) -> None:  # noqa: F811
    studio.submit("exit 0")
    studio.run("daemon", "stop")
    base = sqlite3.connect(studio.state / "jobs/jobs.sqlite")
    (version,) = base.execute("PRAGMA user_version").fetchone()
    base.execute("PRAGMA user_version = 99")
    for words in (("list",), ("submit", "--", "true"), ("daemon", "start")):
        said = studio.run(*words, code=1).stderr
        assert "written by a later version of animstudio (99)" in said
        assert "Traceback" not in said
    base.execute(f"PRAGMA user_version = {version}")
    base.close()
    assert studio.job_ids() == [1], "and nothing was touched"


def test_a_log_of_gigabytes_and_one_that_is_no_text(
    studio: Studio,  # noqa: F811
    tmp_path: Path,
) -> None:
    large, rubbish = tmp_path / "large.log", tmp_path / "rubbish"
    with large.open("wb") as file:
        file.truncate(5 << 30)  # with holes: it takes no room
    job = studio.submit("echo; echo 'step 3/4 loss=0.5'", "--log", str(large))
    studio.run("wait", job)
    assert studio.run("logs", job, "-n", 1).stdout == "step 3/4 loss=0.5\n"
    told = studio.run("logs", job, "-n", 1, "--json").stdout
    assert json.loads(told) == {"job": job, "attempt": 1, "line": "step 3/4 loss=0.5"}
    assert studio.job(job)["progress"]["step"] == 3
    rubbish.write_bytes(bytes(range(256)) * 999)
    job = studio.submit(f"cat {rubbish}; exit 3")
    studio.run("wait", job, code=3)
    command = [sys.executable, "-m", "animstudio", "jobs", "logs", str(job)]
    shown = subprocess.run(command, cwd=ROOT, env=studio.environment, capture_output=True,
                           timeout=600, check=True)  # fmt: skip
    assert shown.stdout == rubbish.read_bytes()
    assert all(json.loads(x) for x in studio.run("logs", job, "--json").stdout.splitlines())
    studio.run("list"), studio.run("status", job), studio.run("monitor", "--once")


def test_what_forks_twice_and_forgets_who_it_is_is_found(studio: Studio) -> None:  # noqa: F811
    pid = studio.state / "pid"
    studio.run("daemon", "start")
    hides = f"env -i setsid sh -c 'setsid sh -c \"echo \\$\\$ > {pid}; exec sleep 99\" & exit'"
    job = studio.submit(f"{hides} & echo up; exec sleep 99", "--grace", "1")
    studio.began(job)
    until(lambda: pid.is_file() and pid.read_text().strip())
    hidden = Path(f"/proc/{pid.read_text().strip()}")
    assert b"ANIMSTUDIO" not in (hidden / "environ").read_bytes()
    studio.run("cancel", job)
    studio.run("wait", job, code=1)
    assert not hidden.exists()


def test_the_socket_is_removed_under_the_daemon(
    studio: Studio,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    studio.run("daemon", "start")
    (studio.state / "jobs/socket").unlink()
    monkeypatch.setattr(client, "_STARTING", 2)
    with pytest.raises(WorkFailed, match="the daemon runs, and cannot be reached"):
        client.Client(studio.state, {}).ask("ping")
    os.kill(studio.daemon, signal.SIGTERM)
    until(lambda: studio.run("list", code=None).returncode == 0)


def test_a_daemon_is_started_while_another_is_just_ending(studio: Studio) -> None:  # noqa: F811
    queue = Queue(studio.state, environment=studio.environment)
    pids = set()
    for _ in range(4):
        pids.add(queue.client.ask("ping")["pid"])
        queue.stop()
    assert len(pids) == 4
