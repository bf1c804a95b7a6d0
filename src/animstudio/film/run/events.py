"""What happens to the films of a run, as events in its ``logs/events.jsonl``."""

from __future__ import annotations

from typing import Literal

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
    """Work on a film begins."""

    type: Literal["film.opened"] = "film.opened"
    film: str


class ItemMade(Event):
    """An item of a film is committed, and why it was made.

    `decoded_again` pictures were fetched a second time.
    """

    type: Literal["film.made"] = "film.made"
    film: str
    item: str
    why: str = ""
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
