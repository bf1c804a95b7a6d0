"""The recipe ``cpu`` as `animstudio film` runs it: all of it or a part, its config from flags."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from animstudio.care.monitor import MonitorSpec, record
from animstudio.catalog import stages
from animstudio.cli.film_ended import conclude
from animstudio.cli.film_note import Note
from animstudio.cli.film_watch import Watching
from animstudio.cli.outcome import say
from animstudio.film.run.events import FilmFinished, FilmReused, RunEnded, RunStarted
from animstudio.film.run.paths import readable
from animstudio.film.run.specs import RunSpec, SurveySpecs
from animstudio.film.stages.prepared import prepared
from animstudio.film.stages.states import film_states
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.events import EventLog
from animstudio.kernel.guard import Guard, GuardSpec, Readings
from animstudio.kernel.progress import Reporter
from animstudio.kernel.progress_views import Events, board_for
from animstudio.kernel.settings import Settings, read_settings
from animstudio.media.find import film_names, find_films
from animstudio.pipeline.builtin import builtin_recipes
from animstudio.pipeline.conduct import RunOutcome, run_recipe
from animstudio.pipeline.pace import PaceSpec
from animstudio.pipeline.recipe.load import load_recipe
from animstudio.pipeline.recipe.model import Recipe
from animstudio.pipeline.recipe.part import part_of
from animstudio.pipeline.stages.knowledge_base import RagSpec, check_request

_DECODED = ("films", "measures")
STAGES: Mapping[str, tuple[str, ...]] = {
    "prepare": (*_DECODED, "sound", "frames", "summaries", "report"),
    "analyze": (*_DECODED, "frames", "scenes", "camera", "composition", "summaries", "report"),
    "rag": ("rag",),
}
"""The stages of the recipe that each part of a run is."""

ANEW: Mapping[str, tuple[str, ...]] = {
    "prepare": ("measures", "sound", "frames"),
    "analyze": ("scenes", "camera", "composition"),
    "rag": ("rag",),
}
"""Those that ``--fresh`` makes again."""


@dataclass(frozen=True, slots=True)
class FilmRun:
    """What a run is asked for. `films` are their names; `source` is where they lie."""

    name: str
    out: Path
    parts: tuple[str, ...]
    films: Sequence[str]
    source: Path | None = None
    files: Mapping[str, Path] = field(default_factory=dict)
    specs: SurveySpecs = field(default_factory=SurveySpecs)
    rag: RagSpec = field(default_factory=RagSpec)
    run: RunSpec = RunSpec()

    def recipe(self) -> Recipe:
        """Return the part of the recipe that is asked for, with these options."""
        values = {
            "film": self.name,
            "input": str(self.source) if self.source else None,
            "output": str(self.out),
            "files": {name: str(file) for name, file in self.files.items()},
            "documents": str(self.rag.documents) if self.rag.documents else None,
            "embedding_model": self.rag.embedding_model,
            "monitored": self.rag.monitored,
            "parts": list(self.parts),
            **self.specs.values(),
        }
        whole = load_recipe(
            builtin_recipes()["cpu"], values=values, stage_types=stages(), folder=Path.cwd()
        )
        return part_of(whole, {name for part in self.parts for name in STAGES[part]})

    @property
    def fresh(self) -> list[str]:
        """The stages that are made again."""
        return [n for part in self.parts for n in ANEW[part]] if self.run.fresh else []


def over_films(
    name: str,
    source: Path,
    out: Path,
    parts: tuple[str, ...],
    specs: SurveySpecs,
    *,
    run: RunSpec,
    guard: GuardSpec,
    monitor: bool,
    as_json: bool,
    rag: RagSpec | None = None,
) -> int:
    """Run parts over the films of a place, show how it goes, and return the exit code."""
    out = out.absolute()
    rag = rag or RagSpec()
    if "rag" in parts:
        check_request(rag, out, _settings())
    for place in (source, out):
        _check_text(place)
    films = list(film_names(find_films(source)).values())
    asked = FilmRun(name, out, parts, films, source.absolute(), {}, specs, rag, run)
    return carry_out(asked, guard=guard, monitor=monitor, as_json=as_json)


def over_prepared(
    out: Path,
    specs: SurveySpecs,
    *,
    run: RunSpec,
    guard: GuardSpec,
    monitor: bool,
    as_json: bool,
) -> int:
    """Run stage 2 over what stage 1 left, with the options it had, and return the exit code."""
    out = out.absolute()
    index = prepared(out)
    specs = SurveySpecs.of_prepared(index["options"], specs.camera, specs.composition)
    files = {str(entry["film"]): Path(entry["file"]) for entry in index["films"]}
    asked = FilmRun(out.stem, out, ("analyze",), list(files), None, files, specs, run=run)
    return carry_out(asked, guard=guard, monitor=monitor, as_json=as_json)


def rag_alone(
    name: str, out: Path, rag: RagSpec, *, fresh: bool, guard: GuardSpec, monitor: bool,
    as_json: bool,
) -> int:  # fmt: skip
    """Run stage 3 over what stages 1 and 2 left, and return the exit code."""
    out = out.absolute()
    check_request(rag, out, _settings())
    films = [str(entry["film"]) for entry in prepared(out)["films"]]
    asked = FilmRun(name, out, ("rag",), films, rag=rag, run=RunSpec(fresh=fresh))
    return carry_out(asked, guard=guard, monitor=monitor, as_json=as_json)


def carry_out(asked: FilmRun, *, guard: GuardSpec, monitor: bool, as_json: bool) -> int:
    """Run it, show how it goes, and return the exit code."""
    Guard(asked.out, guard).check_before()
    with ended_cleanly(), EventLog(asked.out / "logs" / "events.jsonl") as events:
        board = board_for(sys.stderr, os.environ, Events(events.write))
        with monitoring(asked.out, monitor), board as reporter:
            outcome = run_films(asked, events, reporter, guard)
    return conclude(asked.out, asked.name, asked.parts, outcome, as_json=as_json)


def run_films(
    asked: FilmRun,
    events: EventLog,
    progress: Reporter,
    guard: GuardSpec,
    readings: Readings | None = None,
) -> RunOutcome:
    """Run it, and leave beside the results how that went."""
    out, machine = asked.out, _settings()
    note = Note(out, asked.name, asked.parts)

    def begin() -> None:
        events.write(RunStarted(name=asked.name, stages=list(asked.parts), films=list(asked.films)))
        note.write("running")

    listener = Watching(progress, events.write, out / "logs" / "errors.log", begin)
    pace = PaceSpec(workers=asked.run.workers, patience=asked.run.patience)
    try:
        outcome = run_recipe(
            asked.recipe(), out, state=machine.state, pace=pace, guard=guard, readings=readings,
            settings=machine, progress=progress, fresh=asked.fresh, listener=listener,
        )  # fmt: skip
    except BaseException as error:
        stopped = isinstance(error, KeyboardInterrupt)
        status = "interrupted" if stopped else f"failed: {error}"
        if note.begun:
            with contextlib.suppress(OSError):  # the disk may be what failed
                note.write(status)
            events.write(RunEnded(status=status, failed=[]))
        raise
    states = film_states(outcome.ended)
    for state in states:
        if state.done:
            of = FilmReused if state.reused else FilmFinished
            events.write(of(film=state.name))
    status = "completed" if outcome.complete else "failed"
    if asked.parts == ("rag",):
        problem = outcome.closed["rag"].problem
        note.write(status, f"failed: {problem}" if problem else status)
    events.write(RunEnded(status=status, failed=[s.name for s in states if s.error]))
    return outcome


def _check_text(path: Path) -> None:
    """Raise AskedWrongly for a path that no options could name."""
    try:
        os.fsencode(path).decode()
    except UnicodeDecodeError as error:
        why = "its name is no valid text (UTF-8): give it another"
        raise AskedWrongly(f"{readable(path)}: {why}") from error


def _settings() -> Settings:
    return read_settings(cwd=Path.cwd(), environment=os.environ)


@contextmanager
def ended_cleanly() -> Iterator[None]:
    """Let SIGTERM (a service manager, a batch queue) end a run as Ctrl-C does."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def monitoring(out: Path, wanted: bool) -> Iterator[None]:
    """Record the machine into ``monitoring/`` while the work goes on."""
    if not wanted:
        yield
        return
    until = threading.Event()
    thread = record(out / "monitoring" / "resources.csv", until, MonitorSpec(), say=say)
    try:
        yield
    finally:
        until.set()
        thread.join()
