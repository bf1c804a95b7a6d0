"""``animstudio jobs monitor`` and ``jobs checkpoints``."""

from __future__ import annotations

import shlex
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from animstudio.cli.cards import book
from animstudio.cli.jobs_picture import screen
from animstudio.cli.jobs_queue import one, queue, settings
from animstudio.cli.outcome import say
from animstudio.cli.switches import Json
from animstudio.cli.tables import show_table, write_json
from animstudio.jobs.api import Queue
from animstudio.jobs.checkpoints import (
    Checkpoint,
    evaluate,
    find_checkpoints,
    keep_best,
    ranked,
    with_losses,
)
from animstudio.jobs.watch import Picture, picture
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.sizes import size_text

_SHOWN = 200
"""Jobs that are watched at most: those at work come first."""


def monitor(*, interval: float = 2.0, once: bool = False, as_json: Json = False) -> None:
    """Show jobs with their progress and losses, and the cards, until Ctrl-C.

    Parameters
    ----------
    interval
        Seconds between two looks.
    once
        Look once, and end; so it is where nobody looks at a terminal.
    """
    here = queue()
    if as_json:
        write_json(asdict(_picture(here)))
        return
    from rich.console import Console
    from rich.live import Live

    console = Console(highlight=False)
    if once or not console.is_terminal:
        console.print(screen(_picture(here), console.width, 10_000))
        return
    with (
        suppress(KeyboardInterrupt),
        Live(console=console, auto_refresh=False, screen=True) as live,
    ):
        while True:  # Ctrl-C is how one leaves
            live.update(screen(_picture(here), console.width, console.height), refresh=True)
            time.sleep(interval)


def checkpoints(
    job: str = "last",
    *,
    evaluation: Annotated[str, Parameter(name="--evaluate")] = "",
    keep: int | None = None,
    as_json: Json = False,
) -> None:
    """Show what a job saved, best first: by score, else by the losses it logged before.

    For example:

        animstudio jobs checkpoints 7 --evaluate "python score.py {}" --keep 3

    Parameters
    ----------
    job
        The job; it needs an output folder.
    evaluation
        A command that prints a score last, higher is better; {} stands for the checkpoint.
    keep
        Move all but so many of the best to the folder .trash there. The newest stays too.
    """
    here = queue()
    found = here.job(one(here, job))
    if not found.order.output:
        raise AskedWrongly(f"job {found.id} was given no output folder (submit --output)")
    if keep is not None and keep < 1:
        raise AskedWrongly(f"--keep {keep}: at least one is kept")
    output = Path(found.order.cwd, found.order.output)
    every = find_checkpoints(output, time.time(), since=found.submitted_at)
    with here.reading() as reader:
        seen = reader.seen([found.id]).get(found.id)
    every = with_losses(every, seen.losses if seen else ())
    if evaluation:
        command = shlex.split(evaluation)
        every = [evaluate(c, command, 3600.0) if c.state == "whole" else c for c in every]
    every = ranked(every)
    if as_json:
        write_json([asdict(each) | {"path": str(each.path)} for each in every])
    else:
        _show(every, output)
    for moved in keep_best(every, keep, output) if keep else ():
        say(f"moved to {moved}")


def _show(every: list[Checkpoint], output: Path) -> None:
    if not every:
        say(f"{output}: no checkpoint yet")
        return
    rows = [
        [c.path.relative_to(output).as_posix(), _told(c.step), _told(c.epoch), size_text(c.size),
         "" if c.loss is None else f"{c.loss:.4g}", "" if c.score is None else f"{c.score:.4g}",
         f"{c.state}: {c.why}" if c.why else c.state]
        for c in every
    ]  # fmt: skip
    show_table(["checkpoint", "step", "epoch", "size", "loss", "score", "state"], rows)


def _picture(here: Queue) -> Picture:
    with here.reading() as reader:
        jobs, counts = reader.latest(_SHOWN, [], []), reader.counts()
        begun = [job.id for job in jobs if job.attempts]
        attempts = {job: tries[-1] for job in begun if (tries := reader.attempts(job))}
        seen = reader.seen(begun)
    standings = book(settings()).standings()
    return picture(jobs, attempts, seen, standings, counts, time.time())


def _told(value: Any) -> str:
    return "" if value is None else f"{value:g}"
