"""``animstudio film`` over small films: run here, or as a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from animstudio.cli import app
from animstudio.cli.outcome import run_command
from animstudio.media.encode import write_film

BASE = "rag/knowledge_base"
LONG_AGO = 1_600_000_000
STAGES = ("span000", "sound", "frames", "scenes", "camera", "composition")
CLOCKS = ("timestamp", "start_time", "end_time", "total_duration", "made_at")
RUN = ("reused", "workers_used", "input_dir", "output_dir", "film_name", "stages", "done",
       "proved_of_processes", "origin", "build_time_seconds", "bytes", "index")  # fmt: skip
"""Fields of summaries that tell of the run and not of what came out."""


def make_film(path: Path, *, seed: int = 0, frames: int = 48, rate: int = 24, **how: Any) -> Path:
    """Write a film of shots of 24 frames with a box that moves, last changed long ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    colours = random.integers(20, 236, (frames, 2, 3))

    def pictures() -> Iterator[np.ndarray]:
        for number in range(frames):
            back, box = colours[number // 24]
            picture = np.empty((108, 192, 3), np.uint8)
            picture[:] = back
            picture[::3, :, 0] = back[0] // 2
            left = 3 * (number % 24)
            picture[30:80, left : left + 50] = box
            yield picture

    write_film(path, pictures(), rate=rate, options={"g": "24", "crf": "25"}, **how)
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def tone(seconds: float) -> np.ndarray:
    return (0.2 * np.sin(np.arange(int(seconds * 48_000)) / 20)).astype(np.float32)


@dataclass(frozen=True)
class Ended:
    """How a run ended, and what it told."""

    code: int
    said: str
    talked: str
    events: list[dict[str, Any]]

    def made(self) -> set[tuple[str, str]]:
        """Film and item of everything that was made."""
        return {(e["film"], e["item"]) for e in self.events if e["type"] == "film.made"}

    def items(self) -> set[str]:
        return {item for _, item in self.made()}

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    def decoded_again(self) -> int:
        return sum(event["decoded_again"] for event in self.of("film.made"))


@dataclass(frozen=True)
class Desk:
    """Films in a folder, an output folder, and the command."""

    films: Path
    out: Path
    capsys: pytest.CaptureFixture[str]

    def run(self, *options: str, verb: str = "all", source: Path | None = None) -> Ended:
        """Run the command in this process."""
        places = {
            "all": ["t", str(source or self.films), str(self.out)],
            "prepare": [str(source or self.films), str(self.out)],
            "analyze": [str(self.out)],
            "rag": ["t", str(self.out)],
        }[verb]
        skip = len(events(self.out))
        usual = {"--disk-free-gb": "0"} | ({"--workers": "1"} if verb != "rag" else {})
        words = [word for flag in usual.items() if flag[0] not in options for word in flag]
        code = run_command(app, ["film", verb, *places, *words, *options])
        told = self.capsys.readouterr()
        return Ended(code, told.out, told.err, events(self.out)[skip:])

    def start(self, *options: str, gate: Path | None = None) -> subprocess.Popen[str]:
        """Start the command in a process group of its own.

        Until there is a file at `gate`, no worker opens a file among its drafts: see `GATE`.
        """
        paths = [path for path in sys.path if path]
        if gate:
            hooks = gate.with_name("hooks")
            hooks.mkdir(exist_ok=True)
            (hooks / "sitecustomize.py").write_text(GATE.format(gate=str(gate)))
            paths.insert(0, str(hooks))
        words = ["film", "all", "t", str(self.films), str(self.out), "--disk-free-gb", "0"]
        return subprocess.Popen(
            [sys.executable, "-m", "animstudio", *words, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        )


GATE = """
import os, sys, time

def wait(event, arguments):
    if event == "open" and "/.drafts/" in str(arguments[0]):
        while not os.path.exists({gate!r}):
            time.sleep(0.005)

if "--multiprocessing-fork" in sys.orig_argv:
    sys.addaudithook(wait)
"""
"""What holds the workers of a run back, so that it is not over before something is done to it."""


def events(out: Path) -> list[dict[str, Any]]:
    path = out / "logs" / "events.jsonl"
    *lines, _ = path.read_text("utf-8").split("\n") if path.exists() else [""]
    return [json.loads(line) for line in lines if line]  # the last one may be half written


def results(out: Path) -> dict[str, str]:
    """Digests of every file, but for logs, the journal, the report, and clocks in summaries.

    Left out is the knowledge base, too: the order of writing shows in its file.
    """
    found = {}
    for path in sorted(out.rglob("*")):
        name = str(path.relative_to(out))
        left_out = name.startswith(("logs/", "checkpoints/", "report.html", BASE))
        if path.is_file() and not left_out:
            content = path.read_bytes()
            if path.suffix == ".json" and not name.startswith("analysis/"):
                content = json.dumps(stripped(json.loads(content)), sort_keys=True).encode()
            found[name] = hashlib.sha256(content).hexdigest()
    return found


def stripped(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: stripped(v) for k, v in value.items() if k not in (*CLOCKS, *RUN)}
    return [stripped(item) for item in value] if isinstance(value, list) else value


def stamps(out: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of every result, to see which were touched."""
    folders = [out / name for name in ("frames", "audio", "analysis")]
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {str(p.relative_to(out)): (p.stat().st_ino, p.stat().st_mtime_ns) for p in paths}


def workers_of(pid: int) -> list[int]:
    """The worker processes of a running command."""
    try:
        children = psutil.Process(pid).children()
        return [child.pid for child in children if "spawn_main" in " ".join(child.cmdline())]
    except psutil.Error:
        return []


def group(leader: int) -> list[int]:
    """The processes of a group that live."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except (psutil.Error, ProcessLookupError):
            continue
    return found


def until(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait for something; return it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return found


def end(process: subprocess.Popen[str]) -> None:
    """Let nothing of a test live on."""
    for pid in group(process.pid):
        os.kill(pid, signal.SIGKILL)
    process.communicate()
