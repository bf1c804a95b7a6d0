"""The queue for tests: the command, with a state folder and a daemon of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
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
