"""What happens to the films of a run, as events in its ``logs/events.jsonl``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from animstudio.film.run.survey import Listener
from animstudio.kernel.errors import StudioError
from animstudio.kernel.events import Event


class RunStarted(Event):
    """A run begins."""

    type: Literal["run.started"] = "run.started"
    name: str
    stages: list[str]
    films: list[str]


class RunEnded(Event):
    """A run ended: completed, failed or interrupted."""

    type: Literal["run.ended"] = "run.ended"
    status: str
    failed: list[str]


class FilmReused(Event):
    """Everything of a film stands; nothing of it was decoded."""

    type: Literal["film.reused"] = "film.reused"
    film: str


class FilmOpened(Event):
    """Work on a film begins; `why` gives the reason for each item that is made."""

    type: Literal["film.opened"] = "film.opened"
    film: str
    frames: int | None
    why: dict[str, str]


class ItemMade(Event):
    """An item of a film is committed; `decoded_again` pictures were fetched a second time."""

    type: Literal["film.made"] = "film.made"
    film: str
    item: str
    decoded_again: int = 0


class TaskRestarted(Event):
    """A worker was killed; its task begins again."""

    type: Literal["film.restarted"] = "film.restarted"
    film: str
    task: str
    why: str


class FilmFinished(Event):
    """Everything of a film is committed and was verified."""

    type: Literal["film.finished"] = "film.finished"
    film: str


class FilmFailed(Event):
    """A film is set aside."""

    type: Literal["film.failed"] = "film.failed"
    film: str
    error: str


@dataclass(frozen=True, slots=True)
class Noting:
    """Writes down what a survey tells, then passes it on."""

    write: Callable[[Event], object]
    on: Listener

    def reused(self, film: str) -> None:
        """See `Listener`."""
        self.write(FilmReused(film=film))
        self.on.reused(film)

    def opened(self, film: str, frames: int | None, why: Mapping[str, str]) -> None:
        """See `Listener`."""
        self.write(FilmOpened(film=film, frames=frames, why=dict(why)))
        self.on.opened(film, frames, why)

    def decoded(self, film: str, frames: int) -> None:
        """Only passed on: progress has events of its own."""
        self.on.decoded(film, frames)

    def made(self, film: str, item: str, decoded_again: int) -> None:
        """See `Listener`."""
        self.write(ItemMade(film=film, item=item, decoded_again=decoded_again))
        self.on.made(film, item, decoded_again)

    def restarted(self, film: str, task: str, why: str) -> None:
        """See `Listener`."""
        self.write(TaskRestarted(film=film, task=task, why=why))
        self.on.restarted(film, task, why)

    def finished(self, film: str) -> None:
        """See `Listener`."""
        self.write(FilmFinished(film=film))
        self.on.finished(film)

    def failed(self, film: str, error: StudioError, trace: str) -> None:
        """See `Listener`."""
        self.write(FilmFailed(film=film, error=str(error)))
        self.on.failed(film, error, trace)
