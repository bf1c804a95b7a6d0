"""A run over films as it goes on: bars on the terminal, and its events film by film."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from animstudio.cli.outcome import say
from animstudio.film.run.events import FilmFailed, FilmOpened, ItemMade, TaskRestarted
from animstudio.film.stages.frames import PicturesFetched
from animstudio.film.stages.states import film_of
from animstudio.kernel.events import Event
from animstudio.kernel.guard import GuardChanged
from animstudio.kernel.progress import Progress, Task
from animstudio.pipeline import events as on


class Watching:
    """Takes the events of a pipeline; tells a board, the terminal and the log of films.

    `began` is called once, when the output folder is held.
    """

    def __init__(
        self,
        progress: Progress,
        write: Callable[[Event], object],
        errors: Path,
        began: Callable[[], object],
    ) -> None:
        self._progress, self._write, self._errors, self._began = progress, write, errors, began
        self._bars: dict[str, Task] = {}
        self._told: dict[tuple[str, str], float] = {}
        self._why: dict[tuple[str, str], str] = {}
        self._opened: set[str] = set()
        self._fetched: dict[str, int] = {}
        self._failed: set[str] = set()

    def __call__(self, event: Event) -> None:
        """Take an event."""
        match event:
            case on.PipelineStarted():
                self._began()
            case on.ItemStarted():
                self._started(event)
            case on.ItemProgressed(stage="measures"):
                self._progressed(event)
            case on.ItemCommitted():
                self._committed(event)
            case on.ItemRetried():
                self._retried(event)
            case on.ItemFailed():
                self._fail(film_of(event.item), event.reason, event.log)
            case PicturesFetched():
                self._fetched[event.film] = event.pictures
            case on.PipelineWaits():
                say(f"waits: {event.why}")
            case GuardChanged():
                self._write(event)
            case on.StageClosing():
                self._finish_bars()
                self._bars[event.stage] = self._progress.task(event.stage)
            case on.StageClosed():
                self._closed(event)

    def _started(self, event: on.ItemStarted) -> None:
        film = film_of(event.item)
        self._why[event.stage, event.item] = event.why
        if event.stage != "films" and film not in self._opened:
            self._opened.add(film)
            self._write(FilmOpened(film=film))

    def _progressed(self, event: on.ItemProgressed) -> None:
        film, key = film_of(event.item), (event.stage, event.item)
        if film not in self._bars:
            self._bars[film] = self._progress.task(film, event.total, event.unit)
        new = max(0.0, event.done - self._told.get(key, 0))  # again after a restart
        self._told[key] = self._told.get(key, 0) + new
        self._bars[film].advance(new)

    def _committed(self, event: on.ItemCommitted) -> None:
        film, item = film_of(event.item), _item(event.stage, event.item)
        if event.stage == "films":
            return
        again = self._fetched.pop(film, 0) if item == "frames" else 0
        why = self._why.pop((event.stage, event.item), "")
        self._write(ItemMade(film=film, item=item, why=why, decoded_again=again))

    def _retried(self, event: on.ItemRetried) -> None:
        film, item = film_of(event.item), _item(event.stage, event.item)
        say(f"{film}: {event.reason}; {item} begins again")
        self._write(TaskRestarted(film=film, task=item, why=event.reason))

    def _fail(self, film: str, reason: str, log: str) -> None:
        """End a film's bar with the reason; a trace goes to the log of errors."""
        if film in self._failed:
            return
        self._failed.add(film)
        (self._bars.pop(film, None) or self._progress.task(film)).fail(reason)
        self._write(FilmFailed(film=film, error=reason))
        if log and Path(log).is_file():
            self._errors.parent.mkdir(parents=True, exist_ok=True)
            with self._errors.open("a", encoding="utf-8") as errors:
                errors.write(f"{film}\n{Path(log).read_text('utf-8')}\n")

    def _closed(self, event: on.StageClosed) -> None:
        bar = self._bars.pop(event.stage, None)
        if bar and event.problem:
            bar.fail(event.problem)
        elif bar:
            bar.finish()

    def _finish_bars(self) -> None:
        for task in self._bars.values():
            task.finish()
        self._bars.clear()


def _item(stage: str, item: str) -> str:
    """Return what an item of a film is called: its span, or its stage."""
    return item.partition("/")[2] or stage
