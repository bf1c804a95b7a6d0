"""A run of a recipe as seen from a terminal."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

from pydantic import ValidationError

from animstudio.cli.cards import cards_for
from animstudio.cli.outcome import say
from animstudio.cli.pipeline_show import counts_text
from animstudio.cli.pipeline_watch import JsonLines, watching
from animstudio.kernel.errors import INTERRUPTED, AskedWrongly
from animstudio.kernel.events import Event
from animstudio.kernel.follow import follow
from animstudio.kernel.guard import GuardSpec
from animstudio.kernel.settings import Settings
from animstudio.pipeline.conduct import RunOutcome, run_recipe
from animstudio.pipeline.events import PipelineEnded
from animstudio.pipeline.pace import PaceSpec
from animstudio.pipeline.recipe.model import Recipe
from animstudio.pipeline.runs import RunRecord, find_run, utc_now
from animstudio.pipeline.secrecy import Secrets


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
    as_json: bool,
    notify: Sequence[str],
) -> RunOutcome:
    """Run a recipe and show how it goes on stderr; as JSON, all events on stdout.

    The addresses in `notify` are told how it ended.
    """
    with _telling(recipe, notify) as ended:
        with watching(root, sys.stderr, os.environ, _level(level, as_json)) as watch:
            outcome = run_recipe(
                recipe, root, state=machine.state, settings=machine, home=home, pace=pace,
                guard=guard, fresh=fresh, retry_failed=retry_failed, wait=wait,
                listener=_both(watch, as_json),
                leases=cards_for(f"pipeline {recipe.name}"),
            )  # fmt: skip
        ended(outcome)
        return outcome


@contextmanager
def _telling(recipe: Recipe, addresses: Sequence[str]) -> Iterator[Callable[[RunOutcome], None]]:
    """Give what tells the addresses how a run ended; an error that ends it is told too."""
    if not addresses:
        yield lambda outcome: None
        return
    from animstudio.pipeline.notify import Notifier, broken_message, ended_message

    notifier = Notifier(addresses, Secrets.of(recipe))
    told = False

    def tell(*message: Any) -> None:
        nonlocal told
        if not told:
            told = True
            for sentence in notifier.tell(*message):
                say(sentence)

    try:
        yield lambda outcome: tell(
            *ended_message(recipe.name, outcome, counts_text(outcome.counts))
        )
    except AskedWrongly:  # no run began, and whoever asked is here
        raise
    except BaseException as error:
        tell(*broken_message(recipe.name, error))
        raise


def follow_run(state: Path, name: str, *, as_json: bool) -> int:
    """Show how a live run goes on until it ends; return 130 where the watcher left before."""
    run = find_run(state, name)
    if not run.alive:
        return 0
    level = _level("INFO", as_json)
    try:
        with watching(Path(run.root), sys.stderr, os.environ, level, utc_now()) as watch:
            listener = _both(watch, as_json)
            for event in follow(run.events, stop=_Gone(run)):
                listener(event)
                if isinstance(event, PipelineEnded):
                    break
    except KeyboardInterrupt:
        say(f"the run goes on; to end it: animstudio pipeline cancel {run.id}")
        return INTERRUPTED
    return 0


def _level(level: str, as_json: bool) -> int:
    """Return from which level on things are said: JSON on a terminal leaves no place for more."""
    number = logging.getLevelNamesMapping()[level]
    return max(number, logging.WARNING) if as_json and sys.stdout.isatty() else number


def _both(watch: Callable[[Event], None], as_json: bool) -> Callable[[Event], None]:
    if not as_json:
        return watch
    lines = JsonLines()

    def listener(event: Event) -> None:
        lines(event)
        watch(event)

    return listener


class _Gone:
    """Set when a run's process is no more, whatever it could still say."""

    def __init__(self, run: RunRecord) -> None:
        self._run = run

    def wait(self, timeout: float | None = None) -> bool:
        """Wait; see `Stop`."""
        if timeout:
            sleep(timeout)
        return not self._run.alive
