"""The report of a run, written where it was asked for."""

from __future__ import annotations

from pathlib import Path

from animstudio.kernel.files import write_atomic
from animstudio.pipeline.past import run_named
from animstudio.pipeline.report.facts import facts_of
from animstudio.pipeline.report.page import render_report
from animstudio.pipeline.runs import utc_now


def write_report(state: Path, name: str | None, file: Path | None) -> Path:
    """Write the report of a run, beside its events unless told otherwise; return where it is."""
    run = run_named(state, name)
    path = file or run.folder / "report.html"
    write_atomic(path, render_report(facts_of(run, utc_now())))
    return path
