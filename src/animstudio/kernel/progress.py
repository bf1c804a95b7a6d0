"""Progress: what long work reports to, and how that reaches whoever watches.

Work is given a `Progress` and knows nothing more. A `Reporter` turns its calls into small
messages, few enough for a pipe; the process in front hands them to a `Board`, which keeps one
tally a task and gives every message to its views: live bars on a terminal, lines in a log,
events in a file. All talk goes to the stream it is given (stderr).
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Protocol

_SEND_EVERY = 0.1
"""Seconds between two messages of a task, so that a pipe carries ten a second at most."""
_WINDOW = 30.0
"""Seconds that a rate looks back: long enough to be calm, short enough to tell a change."""
_COUNTER = itertools.count()

Kind = Literal["begin", "advance", "finish", "fail"]


class Task(Protocol):
    """One piece of long work, as it reports itself."""

    def advance(self, n: float = 1) -> None:
        """Say that `n` more units are done."""

    def finish(self) -> None:
        """Say that the work is done."""

    def fail(self, reason: str) -> None:
        """Say that the work ended without a result, and why."""


class Progress(Protocol):
    """What long work is given to report to."""

    def task(self, name: str, total: float | None = None, unit: str = "") -> Task:
        """Begin a task of `total` units; None when nobody knows how many."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a task says, small and picklable, for a pipe between processes."""

    task: str
    kind: Kind
    name: str = ""
    total: float | None = None
    unit: str = ""
    n: float = 0
    reason: str = ""


STOPPED: Final = "stopped"
"""The reason of tasks that somebody ended: it is no failure."""


class Reporter:
    """A `Progress` that sends messages: ``Reporter(board.receive)`` or ``Reporter(pipe.send)``."""

    def __init__(
        self, send: Callable[[Message], object], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._send = send
        self._clock = clock

    def task(self, name: str, total: float | None = None, unit: str = "") -> Task:
        """Begin a task."""
        key = f"{os.getpid()}.{next(_COUNTER)}"
        self._send(Message(key, "begin", name, total, unit))
        return _ReportedTask(key, self._send, self._clock)


class _ReportedTask:
    def __init__(
        self, key: str, send: Callable[[Message], object], clock: Callable[[], float]
    ) -> None:
        self._key = key
        self._send = send
        self._clock = clock
        self._sent_at = clock()
        self._waiting: float = 0
        self._ended = False

    def advance(self, n: float = 1) -> None:
        self._waiting += n
        now = self._clock()
        if now - self._sent_at >= _SEND_EVERY:
            self._sent_at = now
            self._flush()

    def finish(self) -> None:
        self._end(Message(self._key, "finish"))

    def fail(self, reason: str) -> None:
        self._end(Message(self._key, "fail", reason=reason))

    def _end(self, message: Message) -> None:
        if not self._ended:
            self._ended = True
            self._flush()
            self._send(message)

    def _flush(self) -> None:
        if self._waiting:
            self._send(Message(self._key, "advance", n=self._waiting))
            self._waiting = 0


class Tally:
    """How far one task is. `now` is the board's clock, in seconds."""

    def __init__(self, name: str, total: float | None, unit: str, now: float) -> None:
        self.name = name
        self.total = total
        self.unit = unit
        self.began = now
        self.ended: float | None = None
        self.done: float = 0
        self.reason = ""
        self._seen: deque[tuple[float, float]] = deque([(now, 0.0)])

    def advance(self, n: float, now: float) -> None:
        """Count `n` more units."""
        self.done += n
        self._seen.append((now, self.done))
        while len(self._seen) > 2 and self._seen[1][0] <= now - _WINDOW:
            self._seen.popleft()

    def elapsed(self, now: float) -> float:
        """Return the seconds since it began, until it ended."""
        return (now if self.ended is None else self.ended) - self.began

    def rate(self, now: float) -> float | None:
        """Return units a second: of the last half minute, or of all when it has ended."""
        if self.ended is not None:
            spent, done = self.elapsed(now), self.done
        else:
            since, before = self._seen[0]
            spent, done = now - since, self.done - before
        return done / spent if spent > 0 and done > 0 else None

    def left(self, now: float) -> float | None:
        """Return the seconds it will still take, where that can be told."""
        rate = self.rate(now)
        if self.total is None or not rate or self.ended is not None:
            return None
        return max(0.0, self.total - self.done) / rate


class View(Protocol):
    """Something that shows progress. One that raises is dropped; the work goes on."""

    def show(self, task: str, kind: Kind, tally: Tally, now: float) -> None:
        """Show what a task just said; `kind` is the message's."""

    def close(self) -> None:
        """Show the last state and let the stream go."""


class Board:
    """Keeps a tally of every task that runs, and gives each message to the views."""

    def __init__(self, *views: View, clock: Callable[[], float] = time.monotonic) -> None:
        self._views = list(views)
        self._clock = clock
        self._tallies: dict[str, Tally] = {}
        self._lock = threading.Lock()

    def receive(self, message: Message) -> None:
        """Take a message, of this process or from a worker's pipe; any thread may."""
        with self._lock:
            now = self._clock()
            tally = self._count(message, now)
            if tally is None:
                return
            for view in list(self._views):
                try:
                    view.show(message.task, message.kind, tally, now)
                except Exception:  # a closed terminal must not end a night's work
                    self._views.remove(view)

    def _count(self, message: Message, now: float) -> Tally | None:
        if message.kind == "begin":
            tally = Tally(message.name, message.total, message.unit, now)
            self._tallies[message.task] = tally
            return tally
        if message.kind == "advance":
            if found := self._tallies.get(message.task):
                found.advance(message.n, now)
            return found
        if ended := self._tallies.pop(message.task, None):
            ended.ended = now
            if message.kind == "fail":
                ended.reason = message.reason or "no reason was given"
        return ended

    def lose(self, pid: int, reason: str) -> None:
        """Fail every task of a worker process that died without a word."""
        self._end_all(f"{pid}.", reason)

    def _end_all(self, prefix: str, reason: str) -> None:
        with self._lock:
            tasks = [task for task in self._tallies if task.startswith(prefix)]
        for task in tasks:
            self.receive(Message(task, "fail", reason=reason))

    def close(self, reason: str = "it was left unfinished") -> None:
        """Fail the tasks that never said their end, and close the views."""
        self._end_all("", reason)
        with self._lock:
            for view in self._views:
                view.close()
            self._views.clear()

    def __enter__(self) -> Reporter:
        return Reporter(self.receive, clock=self._clock)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            self.close(STOPPED)
        else:
            self.close()


def ignore(message: Message) -> None:
    """Take a message and do nothing: ``Reporter(ignore)`` is for callers who watch nothing."""
