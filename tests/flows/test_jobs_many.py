"""Many jobs at once: arrays, batches, trainings, and the queue as a file."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from .jobs_studio import ROOT, Studio, studio, until  # noqa: F401


def test_batch_drain_and_the_reports_command(studio: Studio, tmp_path: Path) -> None:  # noqa: F811
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


def test_who_comes_after_whom_and_who_waits_in_vain(studio: Studio) -> None:  # noqa: F811
    studio.run("drain")
    for name in ("路卡 captions", "b"):
        studio.submit("true", "--name", name)
    last = studio.submit("true", "--after", "last", "--after-any", "路卡 captions")
    many = studio.submit("true", "--after-fail", "1-2")
    assert [each["job"] for each in studio.job(last)["after"]] == [2, 1]
    assert [each["job"] for each in studio.job(many)["after"]] == [1, 2]
    refused = studio.run("submit", "--after", "nobody", "--", "true", code=2)
    assert "no job nobody to wait for" in refused.stderr
    assert "can never" not in studio.run("submit", "--gpus", "2", "--", "true").stderr
    vain = studio.run("submit", "-q", "--array", "0-2", "--cpus", "100000", "--", "true")
    assert "job 6 and 2 more can never run on this machine: 100000 processors" in vain.stderr


def test_an_array(studio: Studio) -> None:  # noqa: F811
    script = "echo $ANIMSTUDIO_ARRAY_ID $ANIMSTUDIO_ARRAY_INDEX {index} > {index}; exit {index}"
    studio.run("drain")
    words = ("submit", "-q", "--name", "路卡 sheets", "--array", "0,1,5-6%1", "--directory")
    array = studio.run(*words, studio.state, "--", "sh", "-c", script).stdout.strip()
    assert array == "1_all"
    assert "4 jobs, 1 at once at most\n" in studio.run("status", array).stdout
    assert json.loads(studio.run("cancel", "1_6", "--json").stdout)["changed"] == [4]
    after = int(studio.run("submit", "-q", "--after-any", array, "--", "true").stdout)
    found = studio.run("list")
    assert "路卡 sheets 1_0-1,5" in found.stdout and "3 queued" in found.stderr
    assert "more:" not in found.stderr
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


def test_a_training_configuration(studio: Studio, tmp_path: Path) -> None:  # noqa: F811
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


def test_the_queue_moves_to_another_folder(studio: Studio, tmp_path: Path) -> None:  # noqa: F811
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
