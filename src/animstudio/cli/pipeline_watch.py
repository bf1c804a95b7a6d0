"""A run that is watched: a live picture on a terminal, lines elsewhere, events for programs."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self, TextIO, TypeVar

from animstudio.cli.outcome import drop_output, say
from animstudio.cli.pipeline_paper import Line, Paper, printable
from animstudio.cli.pipeline_picture import picture
from animstudio.cli.pipeline_show import progress_parts
from animstudio.cli.pipeline_words import Words
from animstudio.kernel.events import Event
from animstudio.kernel.machine import Machine
from animstudio.kernel.sizes import size_text
from animstudio.pipeline.account import Account
from animstudio.pipeline.runs import utc_now

if TYPE_CHECKING:
    from rich.console import Group

_T = TypeVar("_T")
_PICTURES = 4
"""Pictures a second at most."""
_SHARE = 0.05
"""Share of the time that drawing may take: a recipe of many thousand stages is drawn seldom."""
_SOON, _LATER = 5.0, 30.0
"""Seconds between two lines of progress, in a run's first minute and after it."""
_LOOK_EVERY = 1.0
"""Seconds that a look at memory and disk holds."""


class View(Protocol):
    """Where a run is shown."""

    def line(self, text: str, style: str) -> None:
        """Say something that stays."""

    def close(self) -> None:
        """Show how it is at the end, and let the stream go."""


class Followed:
    """A run's account, which one thread writes and another draws."""

    def __init__(self, root: Path, machine: Machine | None = None) -> None:
        self._account, self._root, self._machine = Account(), root, machine or Machine()
        self._lock = threading.Lock()
        self._room: list[str] = []
        self._looked = float("-inf")

    def take(self, event: Event) -> None:
        """Take an event in."""
        with self._lock:
            self._account.take(event)

    def seen(self, look: Callable[[Account], _T]) -> _T:
        """Return what `look` makes of the account while it stands still; it must not print."""
        with self._lock:
            return look(self._account)

    def room(self) -> list[str]:
        """Return what is to be said of memory and disk; looked up once a second at most."""
        if time.monotonic() - self._looked >= _LOOK_EVERY:
            self._looked = time.monotonic()
            memory = self._machine.memory()
            free = self._machine.disk(self._root).free
            self._room = [f"memory {size_text(memory.used)} of {size_text(memory.limit)}",
                          f"disk {size_text(free)} free"]  # fmt: skip
        return self._room


class Watching:
    """Takes the events of a run: counts them, and says those that are worth a line.

    Events from before `since` are counted only.
    """

    def __init__(
        self, followed: Followed, view: View, words: Words, since: datetime | None = None
    ) -> None:
        self._followed, self._view, self._words, self._since = followed, view, words, since

    def __call__(self, event: Event) -> None:
        """Take an event."""
        self._followed.take(event)
        if self._since is None or event.at >= self._since:
            for text, style in self._words.of(event):
                self._view.line(printable(text), style)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._view.close()
        for text, style in self._words.rest(self._followed.seen(lambda account: account.run)):
            self._view.line(text, style)


def watching(
    root: Path,
    stream: TextIO,
    environment: Mapping[str, str],
    level: int,
    since: datetime | None = None,
) -> Watching:
    """Return what shows a run into `root`: a picture on a terminal, lines anywhere else."""
    followed = Followed(root)
    if level > logging.INFO:
        return Watching(followed, Still(), Words(level, stages=False), since)
    if stream.isatty() and environment.get("TERM", "dumb") not in ("", "dumb", "unknown"):
        return Watching(followed, Picture(followed, stream, environment),
                        Words(level, stages=False), since)  # fmt: skip
    return Watching(followed, Lines(followed), Words(level, stages=True), since)


class Still:
    """Lines, and nothing of how far it is."""

    def line(self, text: str, style: str) -> None:
        """Say it."""
        say(text)

    def close(self) -> None:
        """Nothing is held back."""


class Lines(Still):
    """Lines, also of how far it is: every five seconds at first, then every thirty."""

    def __init__(self, followed: Followed) -> None:
        self._followed, self._before = followed, ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._repeat, name="progress", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Say no more."""
        self._ended.set()
        self._thread.join()

    def tick(self) -> None:
        """Say how far it is, if that is another than before."""
        room = self._followed.room()
        text = self._followed.seen(lambda account: _progress_line(account, utc_now()))
        if text and text != self._before:
            say("; ".join((text, *room)))
        self._before = text

    def _repeat(self) -> None:
        begun = time.monotonic()
        while not self._ended.wait(_SOON if time.monotonic() - begun < 60 else _LATER):
            self.tick()


def _progress_line(account: Account, now: datetime) -> str:
    if not account.began or account.ended:
        return ""
    parts = progress_parts(account.done, account.total, account.total_is_sure,
                           account.rate(now), account.left(now))  # fmt: skip
    if failed := account.counts["failed"]:
        parts.append(f"{failed:,} failed")
    said = [", ".join(parts)]
    if account.waits:
        said.append(f"waits: {printable(account.waits)}")
    elif account.at_work:
        stage, item = next(iter(account.at_work))
        more = f" and {len(account.at_work) - 1:,} more" if len(account.at_work) > 1 else ""
        said.append(f"now {stage}/{printable(item)}{more}")
    return "; ".join(said)


class Picture:
    """A live picture of the run; lines that stay go above it. Colours follow NO_COLOR."""

    def __init__(self, followed: Followed, stream: TextIO, environment: Mapping[str, str]) -> None:
        from rich.console import Console
        from rich.live import Live

        self._followed = followed
        self._console = Console(file=stream, _environ=environment, highlight=False)
        self._drawn: Group | None = None
        self._due = float("-inf")
        self._live = Live(
            get_renderable=self._draw,
            console=self._console,
            refresh_per_second=_PICTURES,
            vertical_overflow="crop",
            redirect_stdout=False,  # results stay results
        )
        self._live.start()

    def line(self, text: str, style: str) -> None:
        """Say it above the picture."""
        self._console.print(text, style=style, markup=False, soft_wrap=True)

    def close(self) -> None:
        """Leave the last picture where it is; of a run in which nothing happened, none."""
        counts = self._followed.seen(lambda account: account.counts)
        self._live.transient = not (counts["made"] or counts["failed"] or counts["blocked"])
        self._due = float("-inf")
        self._live.stop()

    def _draw(self) -> Group:
        begun = time.monotonic()
        if self._drawn is None or begun >= self._due:
            self._drawn = _group(self._lines())
            self._due = begun + (time.monotonic() - begun) / _SHARE
        return self._drawn

    def _lines(self) -> Sequence[Line]:
        size = self._console.size
        paper = Paper(size.width, size.height - 1, self._console.options.ascii_only)
        room = self._followed.room()
        try:
            return self._followed.seen(lambda account: picture(account, paper, utc_now(), room))
        except Exception as error:  # a picture that cannot be drawn must not end the drawing
            return [[(f"this run cannot be shown: {error!r}", "red")]]


def _group(lines: Sequence[Line]) -> Group:
    from rich.console import Group
    from rich.text import Text

    return Group(*(Text.assemble(*line, no_wrap=True, overflow="crop") for line in lines))


class JsonLines:
    """Every event as a line of JSON on stdout, as it comes."""

    def __call__(self, event: Event) -> None:
        """Write it; a reader that has enough is given no more, and the run goes on."""
        try:
            sys.stdout.write(f"{event.model_dump_json()}\n")
            sys.stdout.flush()
        except BrokenPipeError:
            drop_output()
