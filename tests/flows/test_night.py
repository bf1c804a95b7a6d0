"""The example of a night: real trainings, of which some go wrong, and what the queue says."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .jobs_studio import ROOT, Studio

_NEEDED = ("torch", "safetensors", "tqdm")
_MISSING = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(_MISSING), reason=f"needs {', '.join(_MISSING)}")


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Studio]:
    """A queue over which the night of the example went by."""
    examples = tmp_path / "examples"
    shutil.copytree(ROOT / "examples", examples, ignore=shutil.ignore_patterns("out", "__*"))
    studio = Studio(tmp_path / "state")
    studio.environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), *filter(None, sys.path)]),
    }
    subprocess.run(
        [sys.executable, "-m", "animstudio", "jobs", "batch", "night.yaml"], check=True,
        cwd=examples / "night", env=studio.environment, capture_output=True,
    )  # fmt: skip
    studio.run("wait", "--tag", "night", code=1)
    yield studio
    studio.run("daemon", "stop")


def test_a_night_is_told_as_it_was(night: Studio) -> None:
    jobs = {job["name"]: job for job in json.loads(night.run("list", "--json").stdout)}
    failed = {"too-large", "too-fast", "hangs"}
    assert {name for name, job in jobs.items() if job["state"] == "failed"} == failed
    assert jobs["only-if-all-went-well"]["state"] == "cancelled"
    rest = set(jobs) - failed - {"only-if-all-went-well"}
    assert {jobs[name]["state"] for name in rest} == {"completed"}
    assert len(jobs) == 12

    progress = jobs["lora-luca-4"]["progress"]
    assert (progress["step"], progress["total"], progress["share"]) == (100, 100, 1.0)
    assert 0 < progress["average"] < 1.5
    assert jobs["classifier"]["progress"]["learning_rate"] == 0.5
    assert jobs["too-large"]["reason"].startswith("out of memory")
    assert jobs["too-large"]["progress"]["step"] == 10
    assert [alarm["trouble"] for alarm in jobs["too-fast"]["alarms"]] == ["nan"]
    assert jobs["too-fast"]["progress"]["step"] < 2000
    assert "longer than 15 s" in jobs["hangs"]["reason"] or "timeout" in jobs["hangs"]["reason"]

    (numbers,) = json.loads(night.run("stats", "--by", "tag", "--json").stdout)
    assert (numbers["jobs"], numbers["completed"]) == (12, 8)
    assert (numbers["failed"], numbers["cancelled"]) == (3, 1)

    _it_went_on_from_its_checkpoint(night, jobs["resumed"])
    _checkpoints_are_ranked_by_loss(night)
    _the_events_say_the_same(night, jobs)


def _it_went_on_from_its_checkpoint(night: Studio, job: dict[str, Any]) -> None:
    first, second = night.job(job["id"])["tries"]
    assert (first["outcome"], second["outcome"]) == ("failed", "completed")
    assert "said nothing" in first["reason"]
    assert "goes on from resumed-step00000010.safetensors" in night.log(job["id"], 2).read_text()
    assert job["progress"]["step"] == 40


def _checkpoints_are_ranked_by_loss(night: Studio) -> None:
    found = json.loads(night.run("checkpoints", "lora-luca-4", "--json").stdout)
    assert sorted(checkpoint["step"] for checkpoint in found) == [50, 100]
    assert {checkpoint["state"] for checkpoint in found} == {"whole"}
    losses = [checkpoint["loss"] for checkpoint in found]
    assert losses == sorted(losses)


def _the_events_say_the_same(night: Studio, jobs: dict[str, Any]) -> None:
    lines = (night.state / "jobs/events.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    ended = {event["name"]: event["state"] for event in events if event["type"] == "job.ended"}
    assert ended == {
        name: job["state"] for name, job in jobs.items() if name != "only-if-all-went-well"
    }
    alarms = {(e["name"], e["trouble"], e["stopped"]) for e in events if e["type"] == "job.alarm"}
    assert alarms == {("too-fast", "nan", True), ("resumed", "stalls", True)}
    began = [event["name"] for event in events if event["type"] == "job.started"]
    assert len(began) == 12, "eleven began, one of them twice"
    waits = began.index("sheet"), began.index("lora-luca-4"), began.index("report")
    assert waits[0] < waits[1] < waits[2] == 11
