"""The CPU run: films in, stages 1 and 2 out, with everything a run leaves beside its results.

run_cpu
  find the films; hold the output folder; look for room
  survey them (see survey.py), the guard asked before each piece of work
  write the summaries and the report
  go on with the later stages; a failure of one costs only that
"""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from animstudio.film.run.events import Noting, RunEnded, RunStarted
from animstudio.film.run.later import LaterEnded, LaterStage
from animstudio.film.run.report import write_report
from animstudio.film.run.specs import STAGES, Item, RunSpec, Stage, SurveySpecs
from animstudio.film.run.summary import execution_metadata, summarise, write_json
from animstudio.film.run.survey import FilmState, Listener, Survey
from animstudio.film.run.tasks import Film
from animstudio.kernel.background import quiet_worker
from animstudio.kernel.digests import DigestCache
from animstudio.kernel.errors import OutOfRoom
from animstudio.kernel.events import EventLog
from animstudio.kernel.files import refusal
from animstudio.kernel.guard import Guard
from animstudio.kernel.hold import held
from animstudio.kernel.ledger import Ledger
from animstudio.kernel.machine import Machine
from animstudio.kernel.workers import Workers


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a run is asked for. `films` maps each film's name to its file."""

    name: str
    source: Path
    out: Path
    films: dict[str, Path]
    stages: Sequence[Stage]
    specs: SurveySpecs
    run: RunSpec
    failed_before: Sequence[Mapping[str, str]] = ()
    """Films that an earlier stage set aside: its list's entries."""


@dataclass(slots=True)
class RunResult:
    """What became of a run."""

    states: list[FilmState]
    workers: int
    failed_before: Sequence[Mapping[str, str]] = ()
    report: Path | None = None
    seconds: float = 0.0
    summaries: dict[str, Path] = field(default_factory=dict)
    later: dict[str, LaterEnded] = field(default_factory=dict)

    @property
    def failed(self) -> list[FilmState]:
        """Films that were set aside."""
        return [state for state in self.states if state.error]

    @property
    def complete(self) -> bool:
        """Whether no film was set aside, here or in the stage before, and no stage failed."""
        return self.films_complete and not any(ended.problem for ended in self.later.values())

    @property
    def films_complete(self) -> bool:
        """Whether no film was set aside, here or in the stage before."""
        return not self.failed and not self.failed_before

    @property
    def reused(self) -> list[FilmState]:
        """Films of which everything stood already."""
        return [state for state in self.states if state.reused]


def run_cpu(
    request: RunRequest,
    *,
    guard: Guard,
    events: EventLog,
    listener: Listener,
    later: Mapping[str, LaterStage] = {},
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> RunResult:
    """Run the stages over the films; every result stands in the output folder.

    `later` stages, by name, follow once the summaries and the report of the films stand.

    Raises OutOfRoom when memory or disk runs short and stays so, WorkFailed when another run
    holds the folder. A film that fails raises nothing: it is in the result, with its reason.
    """
    ledger = Ledger(request.out)
    guard.check_before()
    with held(ledger.home):
        ledger.sweep()
        started = now()
        events.write(
            RunStarted(
                name=request.name, stages=[*request.stages, *later], films=list(request.films)
            )
        )
        note = _MetadataFile(request, started, later)
        try:
            note.write("running", None)
            result = _survey(request, guard, Noting(events.write, listener))
            _leave_summaries(request, result, now())
            result.report = write_report(request, result.states, started, now())
            if later:
                _go_on(result, later, note)
                if problems := {n: ended.problem for n, ended in result.later.items()
                                if ended.problem}:  # fmt: skip
                    write_report(request, result.states, started, now(), problems)
            result.seconds = (now() - started).total_seconds()
            status = "completed" if result.complete else "failed"
            note.write(status, now())
        except BaseException as error:
            known = refusal(error) if isinstance(error, OSError) else error
            stopped = isinstance(error, KeyboardInterrupt)
            status = "interrupted" if stopped else f"failed: {known}"
            with contextlib.suppress(OSError):  # the disk may be what failed
                note.write(status, now())
            events.write(RunEnded(status=status, failed=[]))
            raise known from None if known is error else error
        finally:
            ledger.sweep()  # what workers that were killed had begun
        events.write(RunEnded(status=status, failed=[s.film.name for s in result.failed]))
    return result


def _survey(request: RunRequest, guard: Guard, listener: Listener) -> RunResult:
    cores = Machine().cpus()
    ledger = Ledger(request.out)
    workers = Workers(
        min(request.run.workers, cores), setup=functools.partial(quiet_worker, ledger.home)
    )
    side_by_side = cores > 2
    at_once = workers.count if side_by_side else min(workers.count, len(request.films))
    threads = max(1, 2 * cores // at_once)  # decoders wait for each other's rows
    films = [
        Film(name, file, request.out, request.specs, threads)
        for name, file in request.films.items()
    ]
    items: list[Item] = [item for stage in request.stages for item in STAGES[stage]]
    if request.run.fresh:
        for film in films:
            _forget(film, items)
    cache = DigestCache(ledger.home / ".digests.sqlite")
    survey = Survey(
        films, items, workers=workers, cache=cache, listener=listener, side_by_side=side_by_side
    )
    try:
        survey.run(_Gate(guard, workers, request.run.patience))
    finally:
        workers.stop()
        cache.close()
    return RunResult(list(survey.states.values()), workers.count, request.failed_before)


def _forget(film: Film, items: Sequence[Item]) -> None:
    """Let a film's items be made again; its measures too, where pictures are asked for."""
    for item in film.ledger.items(film.name):
        name = item.rsplit("/", 1)[1]
        if name in items or (name.startswith("span") and "frames" in items):
            film.ledger.forget(item)


class _Gate:
    """Lets new work begin as the guard allows, and gives up on what waiting cannot mend."""

    def __init__(self, guard: Guard, workers: Workers, patience: float) -> None:
        self._guard, self._workers, self._patience = guard, workers, patience
        self._idle_since: float | None = None

    def __call__(self) -> bool:
        running = len(self._workers.running)
        verdict = self._guard.admit(in_flight=running)
        if verdict.word == "go":
            self._idle_since = None
            return True
        if verdict.word == "slow":
            self._idle_since = None
            return running < max(1, self._workers.count // 2)
        if not running:
            self._wait_or_give_up(verdict.reason)
        return False

    def _wait_or_give_up(self, reason: str) -> None:
        now = time.monotonic()
        self._idle_since = self._idle_since or now
        if reason.startswith("memory") and now - self._idle_since < self._patience:
            return
        raise OutOfRoom(
            f"no new work was begun: {reason}",
            hint="what was committed is kept; make room, and run the same command again",
        )


class _MetadataFile:
    """``execution_metadata.json``: says that a run goes on, and later how it ended."""

    def __init__(self, request: RunRequest, started: datetime, later: Iterable[str]) -> None:
        self._request, self._started = request, started
        self._ended: dict[str, str] = {}
        self._stages = (*request.stages, *later)

    def ended(self, stages: Iterable[str], status: str) -> None:
        """Note how stages ended, while the run goes on."""
        self._ended |= dict.fromkeys(stages, status)
        self.write("running", None)

    def write(self, status: str, ended: datetime | None) -> None:
        content = execution_metadata(
            self._request.name, started=self._started, ended=ended, status=status,
            stages=dict.fromkeys(self._stages, status) | self._ended,
        )  # fmt: skip
        write_json(self._request.out / "execution_metadata.json", content)


def _go_on(result: RunResult, later: Mapping[str, LaterStage], note: _MetadataFile) -> None:
    """Carry out the later stages."""
    note.ended(result.summaries, "completed" if result.films_complete else "failed")
    for name, stage in later.items():
        ended = stage()
        result.later[name] = ended
        if ended.summary:
            result.summaries[name] = ended.summary
        note.ended([name], f"failed: {ended.problem}" if ended.problem else "completed")


def _leave_summaries(request: RunRequest, result: RunResult, now: datetime) -> None:
    names: dict[Stage, str] = {
        "prepare": "dataset_index.json",
        "analyze": "analysis_summary.json",
    }
    for stage in request.stages:
        path = request.out / names[stage]
        content = summarise(
            stage, result.states, out=request.out, source=request.source,
            workers=result.workers, now=now, options=request.specs.prepared(),
            failed_before=request.failed_before,
        )  # fmt: skip
        write_json(path, content)
        result.summaries[stage] = path
