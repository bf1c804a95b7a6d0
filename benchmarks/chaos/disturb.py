"""Running the real command, and killing parts of it at chosen moments."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

Victim = Literal["coordinator", "worker", "group"]
LONGEST = 600.0
"""Seconds after which a run that does not end counts as hanging."""


@dataclass(frozen=True)
class Kill:
    """A kill that landed: whom, and whether something was just being published."""

    victim: Victim
    publishing: bool
    after: float


class Run:
    """One ``film all`` in a process group of its own."""

    def __init__(self, films: Path, out: Path, workers: int, log: Path) -> None:
        command = [sys.executable, "-m", "animstudio", "film", "all", "chaos", films, out]
        options = ["--workers", str(workers), "--disk-free-gb", "0"]
        self._log = log.open("ab")
        self._out = out
        self._began = time.monotonic()
        self.process = subprocess.Popen(
            [*map(str, command), *options],
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def wait(self) -> int:
        """Wait for the end; return the exit code. A run that hangs is killed (-9)."""
        try:
            return self.process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            self._signal_group()
            return self.process.wait()
        finally:
            self._log.close()

    def kill_at_random(self, chance: random.Random, length: float) -> Kill | None:
        """Kill somebody at some moment of a run that takes `length` seconds; None: too late.

        Every other kill waits for a result to be published and strikes while it is, or in the
        moments after, in which the next ones are.
        """
        victim: Victim = chance.choice(("coordinator", "worker", "group"))
        if chance.random() < 0.5:
            begun = publishing = self._await_publishing(chance.randint(1, 12))
            time.sleep(chance.choice((0, 0, chance.uniform(0, 0.05))))
        else:
            publishing = False
            until = self._began + chance.uniform(0.2, length)
            begun = True
            while time.monotonic() < until and self.process.poll() is None:
                time.sleep(0.005)
        if not begun or self.process.poll() is not None:
            return None
        return self._strike(victim, chance, publishing)

    def _strike(self, victim: Victim, chance: random.Random, publishing: bool) -> Kill | None:
        after = time.monotonic() - self._began
        if victim == "worker":
            workers = self.workers()
            if not workers:
                return None
            try:
                os.kill(chance.choice(workers), signal.SIGKILL)
            except ProcessLookupError:  # it ended by itself in between
                return None
        elif victim == "coordinator":
            os.kill(self.process.pid, signal.SIGKILL)
        else:
            self._signal_group()
        return Kill(victim, publishing, after)

    def _signal_group(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)

    def _await_publishing(self, times: int) -> bool:
        """Wait until results were promised so many times more; False when the run ended."""
        begun, seen = self._promised(), 0
        while seen < times:
            if self.process.poll() is not None:
                return False
            if (now := self._promised()) != begun:
                begun, seen = now, seen + 1
                continue
            time.sleep(0.0005)
        return True

    def _promised(self) -> int:
        """Return the length of the log to which every result is written before its place."""
        try:
            return (self._out / "checkpoints" / "manifests.jsonl").stat().st_size
        except FileNotFoundError:
            return 0

    def workers(self) -> list[int]:
        """Return the worker processes at the moment."""
        try:
            children = psutil.Process(self.process.pid).children()
            return [c.pid for c in children if "spawn_main" in " ".join(c.cmdline())]
        except psutil.Error:
            return []

    def left_alive(self, seconds: float = 20.0) -> list[int]:
        """Return the processes of the group that still live so long after its leader's end."""
        until = time.monotonic() + seconds
        while (alive := _group(self.process.pid)) and time.monotonic() < until:
            time.sleep(0.01)
        return alive


def _group(leader: int) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except (psutil.Error, ProcessLookupError):
            continue
    return found
