"""``animstudio jobs`` as people run it: the command, a real daemon, real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


class Studio:
    """The command, with a state folder of its own."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(state), "ANIMSTUDIO_STATE": str(state),
            "ANIMSTUDIO_FAKE_GPUS": "2x16G", "PYTHONPATH": os.pathsep.join(["src", *sys.path]),
            "SECRET_KEY": "hush",
        }  # fmt: skip

    def run(self, *words: str | int, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        found = subprocess.run(
            [sys.executable, "-m", "animstudio", "jobs", *map(str, words)], cwd=ROOT,
            env=self.environment, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert code is None or found.returncode == code, found.stderr
        return found

    def submit(self, script: str, *flags: str) -> int:
        return int(self.run("submit", "-q", *flags, "--", "sh", "-c", script).stdout)

    def job(self, job: int) -> dict[str, Any]:
        found = json.loads(self.run("status", job, "--json").stdout)
        assert isinstance(found, dict)
        return found

    def job_ids(self, *states: str) -> list[int]:
        words = [word for state in states for word in ("--state", state)]
        return [job["id"] for job in json.loads(self.run("list", "--json", *words).stdout)]

    @property
    def daemon(self) -> int:
        return int((self.state / "jobs/daemon.lock").read_text())

    def log(self, job: int, attempt: int = 1) -> Path:
        return self.state / f"jobs/attempts/{job}.{attempt}/log"

    def began(self, job: int, attempt: int = 1) -> dict[str, int]:
        """Wait until a job said that it is up; return its processes."""
        log = self.log(job, attempt)
        until(lambda: log.is_file() and "up" in log.read_text())
        found = json.loads((log.parent / "spawn.json").read_text())
        assert isinstance(found, dict)
        return found


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    found = Studio(tmp_path / "state")
    yield found
    if found.job_ids("pending", "queued", "running", "paused"):
        found.run("cancel", "all")
        found.run("wait", "all", code=None)
    found.run("daemon", "stop")


def test_a_job_from_submit_to_its_log(studio: Studio) -> None:
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


def test_a_flag_that_is_none_is_no_command(studio: Studio) -> None:
    found = studio.run("submit", "--gpus", "1", "--prority", "high", "--", "true", code=2)
    assert "there is no --prority; did you mean '--priority'?" in found.stderr
    job = studio.submit("exit 0")
    assert json.loads(studio.run("wait", job, "--json").stdout) == [
        {"id": 1, "state": "completed", "code": 0}
    ]
    changed = json.loads(studio.run("rm", job, "--json").stdout)
    assert changed == {"changed": [1], "unchanged": []}


def test_list_loads_no_more_than_it_needs(studio: Studio) -> None:
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


def test_a_killed_daemon_loses_nothing(studio: Studio) -> None:
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


def test_a_killed_shim_is_noticed_and_its_processes_are_waited_for(studio: Studio) -> None:
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


def test_without_its_shim_a_job_is_still_paused_resumed_and_timed(studio: Studio) -> None:
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


def test_cancel_ends_all_processes(studio: Studio) -> None:
    job = studio.submit("setsid sleep 99 & echo up; sleep 99")
    studio.began(job)
    studio.run("cancel", job)
    studio.run("wait", job, code=1)
    assert studio.job(job)["state"] == "cancelled"
    mark = f"ANIMSTUDIO_RUN_DIR={studio.state}".encode()
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            assert not (folder.name.isdigit() and mark in (folder / "environ").read_bytes())


def test_three_pauses(studio: Studio) -> None:
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


def test_cards_are_shared_by_memory_and_bound(studio: Studio) -> None:
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
    studio.run("cancel", "1-2")
    studio.began(whole)
    assert studio.log(whole).read_text() == "up GPU-fake-0000,GPU-fake-0001\n"


def test_batch_drain_and_the_reports_command(studio: Studio, tmp_path: Path) -> None:
    batch = tmp_path / "night.yaml"
    batch.write_text(
        "jobs:\n  - {name: a, command: 'false'}\n  - {name: b, command: 'true', after: [a]}\n"
        "  - {name: c, command: 'echo {x}', matrix: {x: [1, 2]}, after_any: [b]}\n"
    )
    assert "echo 1" in studio.run("batch", str(batch), "--dry-run").stdout
    assert json.loads(studio.run("drain", "--json").stdout) == {"draining": True}
    assert studio.run("batch", str(batch)).stdout == "1\n2\n3\n4\n"
    assert "draining" in studio.run("why", 1).stdout
    studio.run("drain", "--end")
    studio.run("wait", "all", code=1)
    states = [studio.job(job)["state"] for job in (1, 2, 3, 4)]
    assert states == ["failed", "cancelled", "completed", "completed"]
    assert studio.job(2)["reason"] == "job 1 failed, and was to succeed"
    report = [sys.executable, "-m", "scripts.scenarios.batch_training_orchestrator"]
    found = subprocess.run(
        [*report, "list", "--state", "completed", "--json"], cwd=ROOT, env=studio.environment,
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert [job["id"] for job in json.loads(found.stdout)] in ([3, 4], [4, 3])
    assert studio.run("stats").stdout.count("\n") >= 3
    studio.run("retry", 1)
    studio.run("wait", 1, code=1)
    studio.run("rm", "all")
    assert studio.submit("true") == 5  # an id is never given again


def test_an_array(studio: Studio) -> None:
    script = "echo $ANIMSTUDIO_ARRAY_ID $ANIMSTUDIO_ARRAY_INDEX {index} > {index}; exit {index}"
    studio.run("drain")
    words = ("submit", "-q", "--name", "路卡 sheets", "--array", "0,1,5-6%1", "--directory")
    array = studio.run(*words, studio.state, "--", "sh", "-c", script).stdout.strip()
    assert array == "1_all"
    assert "4 jobs, 1 at once at most\n" in studio.run("status", array).stdout
    assert json.loads(studio.run("cancel", "1_6", "--json").stdout)["changed"] == [4]
    after = int(studio.run("submit", "-q", "--after-any", array, "--", "true").stdout)
    assert "路卡 sheets 1_5" in studio.run("list").stdout
    assert "draining" in studio.run("why", array).stdout
    studio.run("drain", "--end")
    studio.run("wait", array, after, code=1)
    found = json.loads(studio.run("status", array, "--json").stdout)
    assert found["states"] == {"completed": [0], "failed": [1, 5], "cancelled": [6]}
    assert (studio.state / "5").read_text() == "1 5 5\n"
    assert studio.job(after)["state"] == "completed"
    spans = [studio.job(job)["tries"][0] for job in (1, 2, 3)]
    assert all(a["until"] <= b["since"] for a, b in pairwise(spans)), "one at a time"
    assert "job 4" not in studio.run("logs", "1_1").stdout
    assert "4 jobs; name one" in studio.run("logs", array, code=2).stderr
    wrong = studio.run("submit", "--array", "9-0", "--", "true", code=2).stderr
    assert "9-0 goes down; write 0-9" in wrong


def test_term_ends_an_idle_daemon_and_two_are_impossible(studio: Studio) -> None:
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


def test_a_training_configuration(studio: Studio, tmp_path: Path) -> None:
    config, trainer = tmp_path / "luca.toml", tmp_path / "train_network.py"
    config.touch()
    studio.environment |= {"ANIMSTUDIO_ACCELERATE": "/bin/echo", "ANIMSTUDIO_TRAINER": str(trainer)}
    words = ("submit", "-q", "--config", config, "--name", "luca", "--output", tmp_path / "out",
             "--gpu-memory", "8", "--cpu-cores", "1", "--system-memory", "1",
             "--priority", "HIGH")  # fmt: skip
    assert "train_network.py is not there" in studio.run(*map(str, words), code=2).stderr
    trainer.touch()
    job = int(studio.run(*map(str, words)).stdout)
    studio.run("wait", job)
    launched = f"launch --num_cpu_threads_per_process=2 {trainer} --config_file {config}\n"
    assert studio.run("logs", job).stdout == launched
    assert studio.job(job)["need"]["vram"] == 8 << 30
    in_mb = ["8192" if before == "--gpu-memory" else word
             for before, word in pairwise(("", *map(str, words)))]  # fmt: skip
    in_mb[in_mb.index("--system-memory") + 1] = "1024"
    job = int(studio.run(*in_mb).stdout)
    need = studio.job(job)["need"]
    assert (need["vram"], need["memory"]) == (8 << 30, 1 << 30)


def test_the_queue_moves_to_another_folder(studio: Studio, tmp_path: Path) -> None:
    former, export = tmp_path / "former 旧.db", tmp_path / "queue.json"
    job = {
        "id": "job_1", "name": "旧 lora", "command": "echo at last", "state": "queued",
        "output_dir": "out", "log_file": "logs/a.log", "resources": {"gpu_count": 1},
    }  # fmt: skip
    former.write_text(json.dumps({"jobs": {"job_1": job, "job_0": job | {"state": "failed"}}}))
    assert studio.run("import", former).stdout == "1\n"
    found = studio.run("import", former, "--json")
    assert json.loads(found.stdout) == [{"id": 1, "uuid": "job_1"}], "no second time"
    assert "1 jobs are queued, 1 were over" in found.stderr
    studio.run("wait", 1)
    assert (tmp_path / "logs/a.log").read_text() == "at last\n"
    array = studio.run("submit", "-q", "--hold", "--array", "3,5", "--", "echo", "{index}").stdout
    studio.run("export", export)
    assert json.loads(studio.run("export").stdout) == json.loads(export.read_text())
    studio.run("cancel", array.strip())
    other = Studio(tmp_path / "other")
    assert other.run("import", export).stdout == "1\n2\n"
    other.run("release", "1_all")
    other.run("wait", "1_all")
    assert other.run("logs", "1_5").stdout == "5\n"
    other.run("daemon", "stop")
    former.write_text(json.dumps({"jobs": {"job_1": job | {"prio": 3}}}))
    wrong = studio.run("import", former, code=2).stderr
    assert "job job_1 (旧 lora): unknown field 'prio'; did you mean 'priority'?" in wrong


def test_kill_anything_at_any_moment() -> None:
    command = [sys.executable, "benchmarks/jobs/chaos.py", "--kills", "15", "--seed", "11"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(["src", *sys.path])}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True,
                          timeout=900, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
