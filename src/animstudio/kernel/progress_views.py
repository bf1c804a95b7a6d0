"""How progress is shown: live bars, lines in a log, events."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, TextIO

from animstudio.kernel.events import Event
from animstudio.kernel.progress import STOPPED, Board, Kind, Tally, View

if TYPE_CHECKING:
    from rich.table import Table

_LINES_EVERY = 5.0
_EVENTS_EVERY = 1.0
_BARS_PER_SECOND = 4


class ProgressEvent(Event):
    """How far a task is; written at its begin and end, and once a second at most between."""

    type: Literal["progress"] = "progress"
    task: str
    kind: Kind
    name: str
    unit: str = ""
    done: float
    total: float | None = None
    rate: float | None = None
    left_s: float | None = None
    reason: str = ""


def board_for(
    stream: TextIO,
    environment: Mapping[str, str],
    *others: View,
    clock: Callable[[], float] = time.monotonic,
) -> Board:
    """Return a board that shows live bars on a terminal, and lines anywhere else."""
    live = stream.isatty() and environment.get("TERM") != "dumb"
    own: View = Bars(stream, environment, clock=clock) if live else Lines(stream)
    return Board(own, *others, clock=clock)


class Lines:
    """Plain lines: each end of a task, and every five seconds how far the others are."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._running: dict[str, Tally] = {}
        self._said_at: float | None = None

    def show(self, task: str, kind: Kind, tally: Tally, now: float) -> None:
        """Write what is due."""
        if self._said_at is None:
            self._said_at = now
        self._running[task] = tally
        if kind in ("finish", "fail"):
            del self._running[task]
            self._stream.write(ended_text(tally, now) + "\n")
        elif now - self._said_at >= _LINES_EVERY:
            self._said_at = now
            for running in self._running.values():
                self._stream.write(running_text(running, now) + "\n")
        else:
            return
        self._stream.flush()

    def close(self) -> None:
        """Nothing is held back."""


class Events:
    """Progress as events, for the web page and for whoever follows the run's file."""

    def __init__(self, write: Callable[[Event], object]) -> None:
        self._write = write
        self._written: dict[str, float] = {}

    def show(
        self,
        task: str,
        kind: Kind,
        tally: Tally,
        now: float,
    ) -> None:
        """Write an event, unless the task's last one is too young."""
        if kind == "advance" and now - self._written.get(task, -math.inf) < _EVENTS_EVERY:
            return
        self._written[task] = now
        if kind in ("finish", "fail"):
            del self._written[task]
        self._write(
            ProgressEvent(
                task=task,
                kind=kind,
                name=tally.name,
                unit=tally.unit,
                done=tally.done,
                total=tally.total,
                rate=tally.rate(now),
                left_s=tally.left(now),
                reason=tally.reason,
            )
        )

    def close(self) -> None:
        """Every end was written when it came."""


class Bars:
    """Live bars; ended tasks become a line above them. Colours follow NO_COLOR."""

    def __init__(
        self,
        stream: TextIO,
        environment: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        from rich.console import Console
        from rich.live import Live

        self._clock = clock
        self._running: dict[str, Tally] = {}
        self._lock = threading.Lock()
        self._console = Console(file=stream, _environ=environment, highlight=False)
        self._live = Live(
            get_renderable=self._table,
            console=self._console,
            refresh_per_second=_BARS_PER_SECOND,
            transient=True,
            redirect_stdout=False,  # results stay results
        )
        self._live.start()

    def show(self, task: str, kind: Kind, tally: Tally, now: float) -> None:
        """Keep the tally for the next picture; say an end at once."""
        ended = kind in ("finish", "fail")
        with self._lock:
            if ended:
                self._running.pop(task, None)
            else:
                self._running[task] = tally
        if ended:
            self._console.print(
                ended_text(tally, now), style="red" if tally.reason else "", markup=False
            )

    def close(self) -> None:
        """Take the bars away; the lines stay."""
        self._live.stop()

    def _table(self) -> Table:
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        now = self._clock()
        with self._lock:
            running = list(self._running.values())
        table = Table.grid(padding=(0, 2))
        for tally in running:
            bar = ProgressBar(tally.total, tally.done, width=24, pulse=tally.total is None)
            cells = (tally.name, bar, _amount(tally), _rate(tally, now), _left(tally, now))
            table.add_row(*(Text(c, no_wrap=True) if isinstance(c, str) else c for c in cells))
        return table


def running_text(tally: Tally, now: float) -> str:
    """Return how far a task is, as one line."""
    share = f"{tally.done / tally.total:4.0%}  " if tally.total else ""
    parts = (_amount(tally), _rate(tally, now), _left(tally, now))
    return f"{tally.name}: {share}" + ", ".join(part for part in parts if part)


def ended_text(tally: Tally, now: float) -> str:
    """Return how a task ended, as one line."""
    spent = duration(tally.elapsed(now))
    if tally.reason == STOPPED:
        return f"{tally.name}: stopped after {spent}"
    if tally.reason:
        return f"{tally.name}: failed after {spent}: {tally.reason}"
    if not _counts(tally):
        return f"{tally.name}: done in {spent}"
    rate = _rate(tally, now)
    return f"{tally.name}: {_amount(tally)} in {spent}" + (f" ({rate})" if rate else "")


def duration(seconds: float) -> str:
    """Return seconds as people say them: ``0:07``, ``3:20``, ``1:02:03``."""
    minutes, second = divmod(math.ceil(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def _counts(tally: Tally) -> bool:
    """Say whether a task counts anything; one that does not only goes on until it ends."""
    return bool(tally.total is not None or tally.unit or tally.done)


def _amount(tally: Tally) -> str:
    if not _counts(tally):
        return ""
    of = f"/{_number(tally.total)}" if tally.total is not None else ""
    return f"{_number(tally.done)}{of} {tally.unit}".rstrip()


def _rate(tally: Tally, now: float) -> str:
    rate = tally.rate(now)
    if not rate:
        return ""
    digits = 0 if rate >= 100 else 1 if rate >= 1 else 2
    return f"{rate:.{digits}f} {tally.unit}".rstrip() + "/s"


def _left(tally: Tally, now: float) -> str:
    if not _counts(tally):
        return f"{duration(tally.elapsed(now))} so far"
    left = tally.left(now)
    return f"{duration(left)} left" if left is not None else ""


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}"
