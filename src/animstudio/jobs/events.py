"""What happens in the queue, as events: one line each in ``events.jsonl`` of its folder.

A file that is full becomes ``events.1.jsonl``, the one before it ``events.2.jsonl``, and so on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

from animstudio.kernel.events import Event, EventLog
from animstudio.kernel.follow import follow, read

FILE = "events.jsonl"
_FULL = 16 << 20
"""Bytes after which a new file is begun: about a hundred thousand events."""
_OLD = 4
"""Full files that are kept."""


class JobStarted(Event):
    """An attempt of a job was begun; `place` is the job's in its array, ``5_3``."""

    type: Literal["job.started"] = "job.started"
    job: int
    attempt: int
    name: str
    place: str = ""
    devices: tuple[str, ...] = ()


class JobEnded(Event):
    """An attempt ended; `state` is what its job is now."""

    type: Literal["job.ended"] = "job.ended"
    job: int
    attempt: int
    name: str
    place: str = ""
    outcome: str
    state: str
    code: int | None = None
    reason: str = ""


class JobCancelled(Event):
    """A job was cancelled of which nothing ran: it had not begun, or waited to be tried again."""

    type: Literal["job.cancelled"] = "job.cancelled"
    job: int
    name: str
    place: str = ""
    reason: str


class JobAlarm(Event):
    """Something was seen in a job's log; `stopped`: the attempt is ended for it."""

    type: Literal["job.alarm"] = "job.alarm"
    job: int
    attempt: int
    name: str
    place: str = ""
    trouble: str
    message: str
    step: int | None = None
    stopped: bool = False


class Journal:
    """The queue's events, in as many files as are kept. One process writes: the daemon."""

    def __init__(self, folder: Path, *, full: int = _FULL) -> None:
        self._folder, self._full = folder, full
        self._log = EventLog(folder / FILE)

    def write(self, event: Event) -> None:
        """Write an event; a disk that cannot take it never harms the work."""
        with suppress(OSError):  # then it grows until it can be put aside
            if self._log.path.stat().st_size >= self._full:
                self._begin_anew()
        self._log.write(event)

    def _begin_anew(self) -> None:
        for number in reversed(range(1, _OLD)):
            with suppress(FileNotFoundError):
                _old(self._folder, number).replace(_old(self._folder, number + 1))
        self._log.path.replace(_old(self._folder, 1))
        self._log.close()
        self._log = EventLog(self._log.path)


def history(folder: Path) -> Iterator[Event]:
    """Yield the events of a queue that are kept, the oldest first."""
    for number in reversed(range(1, _OLD + 1)):
        yield from read(_old(folder, number))
    yield from read(folder / FILE)


def coming_events(folder: Path) -> Iterator[Event]:
    """Yield what is written from now on, and wait for more without end."""
    return follow(folder / FILE, from_start=False)


def _old(folder: Path, number: int) -> Path:
    return folder / f"events.{number}.jsonl"
