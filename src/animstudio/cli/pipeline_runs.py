"""Runs, live and past: ``animstudio pipeline status``, ``list``, ``report`` and ``cancel``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from animstudio.cli import pipeline_show as show
from animstudio.cli.outcome import say
from animstudio.cli.switches import Json
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.settings import read_settings
from animstudio.pipeline.runs import cancel_run, list_runs


def status(
    pipeline_id: str,
    *,
    follow: Annotated[bool, Parameter(negative="")] = False,
    as_json: Json = False,
) -> int:
    """Show how a run is, live or past: what was made, what is at work, what failed and why.

    For example:

        animstudio pipeline status 20260301-221500-a1b2c3
        animstudio pipeline status 20260301 --follow
        animstudio pipeline status --pipeline-id 20260301

    Parameters
    ----------
    pipeline_id
        The run's id, or its beginning; see `animstudio pipeline list`.
    follow
        Show a live run as `run` does, until it ends; with --json its events, a line each, and
        the status as the last line.
    """
    from animstudio.pipeline.api import status_of

    if follow:
        from animstudio.cli.pipeline_run import follow_run

        if code := follow_run(_state(), pipeline_id, as_json=as_json):
            return code
    show.show_status(status_of(_state(), pipeline_id), as_json=as_json, line=follow)
    return 0


def list_(*, limit: int = 20, as_json: Json = False) -> None:
    """Show the latest runs, live and past.

    Parameters
    ----------
    limit
        Runs at most.
    """
    if limit < 1:
        raise AskedWrongly(f"--limit {limit}: show one at least")
    show.show_runs(list_runs(_state(), limit=limit), as_json=as_json)


def report(run: str | None = None, *, file: Path | None = None) -> None:
    """Write what a run did as one HTML file: when, what, why, what failed; live runs too.

    For example:

        animstudio pipeline report
        animstudio pipeline report recipe.yaml --file tonight.html

    Parameters
    ----------
    run
        The run's id or its beginning, a recipe, or an output folder; the latest run unless given.
    file
        Where the report goes; beside the run's events unless given.
    """
    from animstudio.cli.pipeline_report import write_report

    sys.stdout.write(f"{write_report(_state(), run, file)}\n")


def cancel(pipeline_id: str) -> None:
    """End a live run cleanly. What was made stays, and the same command goes on from there.

    Parameters
    ----------
    pipeline_id
        The run's id, or its beginning.
    """
    ended = cancel_run(_state(), pipeline_id)
    say(f"run {ended.id} ended; what was made is kept")


def _state() -> Path:
    return read_settings(cwd=Path.cwd(), environment=os.environ).state
