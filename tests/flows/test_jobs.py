"""``animstudio jobs`` as people run it: the command, a real daemon, real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

from .jobs_studio import ROOT, Studio, studio, until  # noqa: F401


def test_a_job_from_submit_to_its_log(studio: Studio) -> None:  # noqa: F811
    job = studio.submit("env; exit 4", "--name", "first", "--tag", "night")
    assert studio.run("wait", job, code=4).stderr.startswith("job 1 failed with code 4")
    log = studio.run("logs", job).stdout
    for line in ("ANIMSTUDIO_JOB_ID=1", "ANIMSTUDIO_ATTEMPT=1", "CUDA_VISIBLE_DEVICES=\n"):
        assert line in log
    told = [json.loads(line) for line in studio.run("logs", job, "--json").stdout.splitlines()]
    assert "".join(f"{each['line']}\n" for each in told) == log
    assert {(each["job"], each["attempt"]) for each in told} == {(1, 1)}
    assert "SECRET_KEY" not in log
    assert "OMP_NUM_THREADS" not in log, "what a command sets for itself is not for its jobs"
    assert studio.job(job)["reason"] == "ended with code 4"
    assert json.loads(studio.run("list", "--tag", "night", "--json").stdout)[0]["name"] == "first"
    found = studio.run("list", "--limit", 1)
    assert "first" in found.stdout and found.stderr == "1 failed\n"
    studio.submit("exit 0")
    assert "1 more: --limit 0" in studio.run("list", "--limit", 1).stderr
    assert studio.run("list", "--state", "paused").stderr == "no job is so\n"
    assert "job 1 (first) failed with code 4" in studio.run("events", "first").stdout
    events = studio.run("events", "-n", 1, "--json", "1").stdout
    assert json.loads(events)["type"] == "job.ended"


def test_a_flag_that_is_none_is_no_command(studio: Studio) -> None:  # noqa: F811
    found = studio.run("submit", "--gpus", "1", "--prority", "high", "--", "true", code=2)
    assert "there is no --prority; did you mean '--priority'?" in found.stderr
    job = studio.submit("exit 0")
    assert json.loads(studio.run("wait", job, "--json").stdout) == [
        {"id": 1, "state": "completed", "code": 0}
    ]
    changed = json.loads(studio.run("rm", job, "--json").stdout)
    assert changed == {"changed": [1], "unchanged": []}


def test_list_loads_no_more_than_it_needs(studio: Studio) -> None:  # noqa: F811
    studio.run("daemon", "start")
    script = (
        "import sys; sys.argv = ['animstudio', 'jobs', 'list']; from animstudio.cli import app;"
        "app(sys.argv[1:]); print(*sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=studio.environment,
                           capture_output=True, text=True, timeout=60, check=True)  # fmt: skip
    loaded = set(found.stdout.split())
    assert "animstudio.jobs.store.reading" in loaded
    assert loaded.isdisjoint({"animstudio.jobs.spec", "animstudio.gpu.book", "rich", "numpy"})


def test_cards_are_shared_by_memory_and_bound(studio: Studio) -> None:  # noqa: F811
    go = studio.state / "go"
    studio.run("daemon", "start")
    os.mkfifo(go)
    script = f"echo up $CUDA_VISIBLE_DEVICES; read x < {go}"
    shared = [studio.submit(script, "--vram", "7G", "--cpus", "0") for _ in range(2)]
    for job in shared:
        studio.began(job)
    whole = studio.submit(script, "--gpus", "2", "--cpus", "0")
    why = studio.run("why", whole).stdout
    assert "waits for 2 graphics cards of its own" in why
    assert "job 1 (7G)" in why
    held = json.loads(studio.run("gpus", "--json").stdout)
    assert sum(len(card["leases"]) for card in held) == 2
    assert "frozen jobs keep their memory" in studio.run("pause", 1).stderr
    assert "frozen" not in studio.run("pause", whole).stderr, "it had not begun"
    studio.run("resume", whole)
    studio.run("cancel", "1-2")
    studio.began(whole)
    assert studio.log(whole).read_text() == "up GPU-fake-0000,GPU-fake-0001\n"


def test_term_ends_an_idle_daemon_and_two_are_impossible(studio: Studio) -> None:  # noqa: F811
    pid = int(studio.run("daemon", "start").stdout)
    assert int(studio.run("daemon", "start").stdout) == pid
    assert json.loads(studio.run("daemon", "start", "--json").stdout)["pid"] == pid
    assert json.loads(studio.run("daemon", "stop", "--json").stdout) == {"ended": True}
    assert json.loads(studio.run("daemon", "stop", "--json").stdout) == {"ended": False}
    found = json.loads(studio.run("daemon", "start", "--json").stdout)
    assert found.keys() == {"pid", "launcher", "at_work", "draining"} and found["pid"] != pid
    pid = found["pid"]
    unit = json.loads(studio.run("daemon", "unit", "--json").stdout)
    assert unit["unit"] == studio.run("daemon", "unit").stdout and not unit["written"]
    os.kill(pid, signal.SIGTERM)
    until(lambda: not (studio.state / "jobs/socket").exists())
    assert "no daemon is running" in studio.run("daemon", "status", code=1).stderr
    found = studio.run("strategy", "fifo", "--json").stdout
    assert json.loads(found) == {"strategy": "fifo"}
    assert int(studio.run("daemon", "start").stdout) != pid
