"""The recipe that ships, killed at random moments: the dataset comes out the same to the byte."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.unit.characters import staged

from .film_runs import end, workers_of

RECIPE = Path(__file__).parents[2] / "recipes" / "luca_full_pipeline.yaml"


def start(place: Path, output: str) -> subprocess.Popen[str]:
    """Start the recipe in a process group of its own."""
    words = ["--set", "input=films", "--set", f"output={output}", "--workers", "2"]
    limits = ["--disk-free-gb", "0", "--ram-stop", "1", "--ram-slow", "1"]
    return subprocess.Popen(
        [sys.executable, "-m", "animstudio", "pipeline", "run", str(RECIPE), *words, *limits],
        cwd=place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
                          "ANIMSTUDIO_STATE": str(place / "state")},
    )  # fmt: skip


def results(out: Path) -> dict[str, str]:
    """Digests of every file but the engine's own."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in out.rglob("*")
        if path.is_file() and path.relative_to(out).parts[0] != "checkpoints"
    }


def events(out: Path) -> list[dict[str, Any]]:
    found = []
    for log in sorted((out / "checkpoints").rglob("events.jsonl")):
        for line in log.read_text("utf-8", "replace").splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:  # what a killed run wrote last
                continue
    return found


def run_to_end(place: Path, output: str) -> None:
    process = start(place, output)
    said, _ = process.communicate(timeout=600)
    assert process.returncode == 0, said


def kill(process: subprocess.Popen[str], whom: str) -> None:
    if whom == "group":
        os.killpg(process.pid, signal.SIGKILL)
    elif whom == "worker" and (workers := workers_of(process.pid)):
        with suppress(ProcessLookupError):
            os.kill(workers[0], signal.SIGKILL)
    else:
        process.kill()


def test_a_dataset_is_the_same_to_the_byte_after_kills(tmp_path: Path) -> None:
    """A worker, the whole group, the coordinator, each in another stage; the seed is fixed."""
    staged.film(tmp_path / "films" / "walk.mp4", 1, 2, 1, times=4)
    run_to_end(tmp_path, "calm")
    whole = results(tmp_path / "calm")
    assert sum(n.startswith("prepare/train/") and n.endswith(".png") for n in whole) > 4
    dice, out = random.Random(11), tmp_path / "out"
    for whom, stage in (("worker", "segment"), ("group", "cluster"), ("coordinator", "prepare")):
        process = start(tmp_path, "out")
        try:
            deadline = time.monotonic() + 600
            while process.poll() is None and time.monotonic() < deadline:
                if any(e["type"] == "item.started" and e["stage"] == stage for e in events(out)):
                    time.sleep(dice.uniform(0, 0.3))
                    kill(process, whom)
                    break
                time.sleep(0.005)
            process.wait(600)
        finally:
            end(process)
        for name, digest in results(out).items():
            assert whole.get(name) == digest, f"{name} is not whole after a kill of the {whom}"
    run_to_end(tmp_path, "out")
    assert results(out) == whole
    made = Counter((e["stage"], e["item"]) for e in events(out) if e["type"] == "item.committed")
    assert max(made.values()) == 1
    # One shot loses a picture: that shot alone is made again, and nothing comes of it.
    skip = len(events(out))
    next((out / "segment/character_dir/instances").glob("walk_s0002*")).unlink()
    run_to_end(tmp_path, "out")
    again = [(e["stage"], e["item"]) for e in events(out)[skip:] if e["type"] == "item.committed"]
    assert again == [("segment", "walk_s0002")]
    assert results(out) == whole
