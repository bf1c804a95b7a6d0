"""A run of a recipe as seen from a terminal."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import ValidationError

from animstudio.cli.cards import cards_for
from animstudio.cli.outcome import say
from animstudio.cli.pipeline_show import progress_text
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.events import Event
from animstudio.kernel.guard import GuardChanged, GuardSpec
from animstudio.kernel.progress import Progress, Reporter, Task, ignore
from animstudio.kernel.progress_views import board_for
from animstudio.kernel.settings import Settings
from animstudio.pipeline import events as on
from animstudio.pipeline.api import status_of
from animstudio.pipeline.conduct import RunOutcome, run_recipe
from animstudio.pipeline.pace import PaceSpec
from animstudio.pipeline.recipe.model import Recipe


def paced(pace: PaceSpec, max_parallel: int | None) -> PaceSpec:
    """Return the pace with ``--max-parallel`` in it. Raises AskedWrongly out of its range."""
    if max_parallel is None:
        return pace
    try:
        return PaceSpec.model_validate({**pace.model_dump(), "workers": max_parallel})
    except ValidationError as error:
        said = error.errors()[0]["msg"].lower()
        raise AskedWrongly(f"--max-parallel {max_parallel}: {said}") from error


def carry_out(
    recipe: Recipe,
    root: Path,
    *,
    machine: Settings,
    home: Path | None,
    pace: PaceSpec,
    guard: GuardSpec,
    fresh: Sequence[str],
    retry_failed: bool,
    wait: float,
    level: str,
) -> RunOutcome:
    """Run a recipe and show how it goes on stderr."""
    number = logging.getLevelNamesMapping()[level]
    with board_for(sys.stderr, os.environ) as reporter:
        shown = reporter if number <= logging.INFO else Reporter(ignore)
        return run_recipe(
recipe, root, state=machine.state, settings=machine, progress=shown, home=home,
            pace=pace, guard=guard, fresh=fresh, retry_failed=retry_failed, wait=wait,
            listener=Watching(shown, number), leases=cards_for(f"pipeline {recipe.name}"),
        )  # fmt: skip


def follow_run(
    state: Path,
    name: str,
    *,
    every: float = 2.0,
    sleep: Callable[[float], object] = time.sleep,
) -> None:
    """Say how far a live run is whenever that changed, until it ends."""
    before = ""
    while (status := status_of(state, name)).run.alive:
        text = f"waits: {status.waits}" if status.waits else progress_text(status)
        if text != before:
            say(text)
        before = text
        sleep(every)


class Watching:
    """Tells the terminal what the events of a run say; a bar for each stage at work."""

    def __init__(self, progress: Progress, level: int) -> None:
        self._progress, self._level = progress, level
        self._tasks: dict[str, Task] = {}

    def __call__(self, event: Event) -> None:
        """Take an event."""
        match event:
            case on.PipelineStarted():
                self._say(logging.INFO, f"run {event.run}: {event.recipe}")
                if event.note:
                    self._say(logging.WARNING, event.note)
            case on.ItemStarted():
                if event.stage not in self._tasks:
                    self._tasks[event.stage] = self._progress.task(event.stage, None, "items")
                self._say(logging.DEBUG, f"{event.stage}/{event.item}: {event.why}")
            case on.ItemCommitted():
                self._tasks[event.stage].advance()
            case on.ItemRetried():
                self._say(logging.WARNING, f"{event.stage}/{event.item}: again: {event.reason}")
            case on.ItemFailed():
                log = f" (see {event.log})" if event.log else ""
                self._say(logging.ERROR, f"{event.stage}/{event.item}: {event.reason}{log}")
            case on.PartEnded():
                self._part(event)
            case on.StageClosed() if event.problem:
                self._say(logging.ERROR, f"{event.stage}: {event.problem}")
            case on.PipelineWaits():
                self._say(logging.WARNING, f"waits: {event.why}")
            case GuardChanged():
                self._say(logging.WARNING, event.reason)
            case on.PipelineEnded():
                for task in self._tasks.values():
                    task.finish()

    def _part(self, event: on.PartEnded) -> None:
        name = f"{event.stage}/{event.part}" if event.part else event.stage
        if event.ending in ("blocked", "skipped"):
            self._say(logging.INFO, f"{name}: {event.ending}: {event.reason}")
        elif event.ending == "failed" and event.stage not in self._tasks:
            self._say(logging.ERROR, f"{name}: {event.reason}")
        elif event.ending == "done" and not event.part:
            if reused := event.reused + event.adopted:
                self._say(logging.DEBUG, f"{name}: {reused} reused")
            if task := self._tasks.get(event.stage):
                task.finish()

    def _say(self, level: int, text: str) -> None:
        if level >= self._level:
            say(text)
