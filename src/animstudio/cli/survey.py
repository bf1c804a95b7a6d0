"""A survey as seen from a terminal: progress on the way, a summary at its end."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from animstudio.care.monitor import MonitorSpec, record
from animstudio.cli.film_rag import RagRequest, run_rag
from animstudio.cli.outcome import say
from animstudio.cli.prepared import prepared
from animstudio.film.camera import CameraSpec
from animstudio.film.composition import CompositionSpec
from animstudio.film.run.cpu import RunRequest, RunResult, run_cpu
from animstudio.film.run.specs import RunSpec, Stage, SurveySpecs
from animstudio.film.run.tasks import Film
from animstudio.kernel.errors import FAILED, OK, StudioError
from animstudio.kernel.events import EventLog
from animstudio.kernel.guard import Guard, GuardSpec
from animstudio.kernel.progress import Reporter, Task
from animstudio.kernel.progress_views import Events, board_for
from animstudio.media.find import film_names, find_films


def survey(
    name: str,
    source: Path,
    out: Path,
    stages: tuple[Stage, ...],
    specs: SurveySpecs,
    *,
    run: RunSpec,
    guard: GuardSpec,
    monitor: bool,
    as_json: bool,
    rag: RagRequest | None = None,
) -> int:
    """Run stages over films, show how it goes, and return the exit code.

    With `rag`, stage 3 follows over every film that stands.
    """
    out = out.absolute()
    request = RunRequest(name, source.absolute(), out, _films(source), stages, specs, run)
    return _carry_out(request, guard=guard, monitor=monitor, as_json=as_json, rag=rag)


def analyze_prepared(
    out: Path,
    camera: CameraSpec,
    composition: CompositionSpec,
    *,
    run: RunSpec,
    guard: GuardSpec,
    monitor: bool,
    as_json: bool,
) -> int:
    """Run stage 2 over what stage 1 left, with the options it had, and return the exit code."""
    out = out.absolute()
    index = prepared(out)
    specs = SurveySpecs.of_prepared(index["options"], camera, composition)
    films = {str(entry["film"]): Path(entry["file"]) for entry in index["films"]}
    request = RunRequest(
        out.stem, out, out, films, ("analyze",), specs, run, failed_before=index["failed"]
    )
    return _carry_out(request, guard=guard, monitor=monitor, as_json=as_json)


def _carry_out(
    request: RunRequest,
    *,
    guard: GuardSpec,
    monitor: bool,
    as_json: bool,
    rag: RagRequest | None = None,
) -> int:
    out = request.out
    watcher = Guard(out, guard)
    watcher.check_before()
    with ended_cleanly(), EventLog(out / "logs" / "events.jsonl") as events:
        watcher = Guard(out, guard, emit=events.write)
        board = board_for(sys.stderr, os.environ, Events(events.write))
        with monitoring(out, monitor), board as reporter:
            listener = Watching(reporter, out / "logs" / "errors.log")
            later = {"rag": partial(run_rag, rag, watcher, reporter)} if rag else {}
            result = run_cpu(request, guard=watcher, events=events, listener=listener, later=later)
    return _conclude(result, as_json)


def _films(source: Path) -> dict[str, Path]:
    return {name: file.absolute() for file, name in film_names(find_films(source)).items()}


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


class Watching:
    """Tells a board and the terminal how a survey goes on."""

    def __init__(self, reporter: Reporter, errors: Path) -> None:
        self._reporter, self._errors = reporter, errors
        self._tasks: dict[str, Task] = {}

    def reused(self, film: str) -> None:
        """Say nothing yet: the end counts them."""

    def opened(self, film: str, frames: int | None, why: Mapping[str, str]) -> None:
        """Begin a film's bar."""
        self._tasks[film] = self._reporter.task(film, frames, "frames")

    def decoded(self, film: str, frames: int) -> None:
        """Move it on."""
        self._tasks[film].advance(frames)

    def made(self, film: str, item: str, decoded_again: int) -> None:
        """Items show in the events."""

    def restarted(self, film: str, task: str, why: str) -> None:
        """Say it: the person may have killed the worker, or memory may be short."""
        say(f"{film}: {why}; {task} begins again")

    def finished(self, film: str) -> None:
        """End it."""
        self._tasks.pop(film).finish()

    def failed(self, film: str, error: StudioError, trace: str) -> None:
        """End it with the reason; a trace goes to the log."""
        task = self._tasks.pop(film, None) or self._reporter.task(film)
        task.fail(error.message)
        if trace:
            self._errors.parent.mkdir(parents=True, exist_ok=True)
            with self._errors.open("a", encoding="utf-8") as log:
                log.write(f"{film}\n{trace}\n")


def _conclude(result: RunResult, as_json: bool) -> int:
    """Show what became of the run; 1 when a film was set aside."""
    if as_json:
        texts = {name: path.read_text("utf-8") for name, path in result.summaries.items()}
        merged = {name: json.loads(text) for name, text in texts.items()}
        content = merged | {"report": str(result.report), "seconds": round(result.seconds, 3)}
        sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    else:
        for line in summary_lines(result):
            sys.stdout.write(f"{line}\n")
    return OK if result.complete else FAILED


def summary_lines(result: RunResult) -> Iterator[str]:
    """Yield the summary a person reads."""
    made = [s for s in result.states if s.done and not s.reused]
    if result.reused and not made and not result.failed:
        verb = "stands" if len(result.reused) == 1 else "stand"
        yield f"Nothing changed: {_films_text(len(result.reused))} {verb}, nothing was decoded."
    elif result.reused:
        yield f"{_films_text(len(result.reused))} stood already; nothing of them was decoded."
    for state in made:
        yield f"{state.film.name}: {_what(state.film)}"
    for state in result.failed:
        yield f"{state.film.name}: FAILED: {state.error}"
    for entry in result.failed_before:
        yield f"{entry['film']}: FAILED in stage 1: {entry['error']}"
    if result.failed:
        kept = "The others are complete and kept; m" if made or result.reused else "M"
        yield f"{kept}end the cause and run the same command again."
    for ended in result.later.values():
        yield ended.told
    yield f"{result.seconds:.1f} s. Report: {result.report}"


def _what(film: Film) -> str:
    facts: dict[str, object] = {}
    for item in ("sound", "frames", "scenes"):
        manifest = film.ledger.read(film.paths.item(item))
        facts |= dict(manifest.facts) if manifest else {}
    parts = [f"{facts[key]} {key}" for key in ("frames", "scenes", "pictures") if key in facts]
    missing = float(str(facts.get("missing", 0)))
    lost = f"; {missing:.0%} of the film did not decode" if missing else ""
    return ", ".join(parts) + lost


def _films_text(count: int) -> str:
    return f"{count} film{'' if count == 1 else 's'}"
