"""What runs answer, for people and for programs: how one ended, how far one is, which there are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from animstudio.cli.outcome import say
from animstudio.cli.tables import show_line, show_table, write_json
from animstudio.kernel.progress_views import duration
from animstudio.pipeline.account import Left
from animstudio.pipeline.events import ONLY
from animstudio.pipeline.runs import RunRecord

if TYPE_CHECKING:  # nothing is run to show how runs are
    from animstudio.pipeline.api import RunStatus
    from animstudio.pipeline.conduct import RunOutcome


def show_outcome(outcome: RunOutcome, *, as_json: bool) -> None:
    """Write how a run ended; as JSON in one line, the last one after the run's events."""
    if as_json:
        failed = [
            {"stage": f.stage, "item": f.item, "kind": f.kind, "reason": f.reason, "log": f.log}
            for f in outcome.failed
        ] + [
            {"stage": stage, "item": ONLY, "kind": "closing", "reason": problem, "log": ""}
            for stage, problem in outcome.problems.items()
        ]
        _write_line({
            "type": "outcome", "run": outcome.run.id, "status": outcome.run.status,
            "counts": dict(outcome.counts),
            "failed": failed, "stopped": outcome.stopped, "seconds": round(outcome.seconds, 3),
            "output": outcome.run.root, "nothing_changed": outcome.nothing_changed,
        })  # fmt: skip
        return
    spent = duration(outcome.seconds)
    if outcome.nothing_changed:
        show_line(f"nothing changed: {counts_text(outcome.counts)} ({spent})")
        return
    show_line(f"{outcome.run.status}: {counts_text(outcome.counts)} in {spent}")
    show_line(f"results in {outcome.run.root}")
    if outcome.stopped:
        say(f"stopped: {outcome.stopped}")
    if not outcome.complete:
        say(f"the same command tries again; see: animstudio pipeline status {outcome.run.id}")


def _write_line(content: Mapping[str, Any]) -> None:
    show_line(json.dumps(content, ensure_ascii=False))


def counts_text(counts: Mapping[str, int]) -> str:
    """Return what became of items, in words."""
    words = {"reuse": "reused", "adopt": "taken over"}
    order = ("made", "reuse", "adopt", "closed", "skipped", "failed", "blocked")
    shown = [f"{counts[name]} {words.get(name, name)}" for name in order if counts.get(name)]
    return ", ".join(shown) or "nothing was asked for"


def show_status(status: RunStatus, *, as_json: bool, line: bool = False) -> None:
    """Write how a run is; with `line` the JSON stands in one, after the run's events."""
    run = status.run
    if as_json:
        write = _write_line if line else write_json
        write({
            **({"type": "status"} if line else {}),
            **_run(run), "counts": dict(status.counts), "waits": status.waits,
            "at_work": [f"{stage}/{item}" for stage, item in status.at_work],
            "failed": [{"stage": s, "item": i, "reason": r} for s, i, r in status.failed],
            "latest": status.latest.isoformat() if status.latest else None,
            "done": status.done, "total": status.total, "total_is_sure": status.total_is_sure,
            "rate": status.rate, "left_s": status.left.seconds if status.left else None,
        })  # fmt: skip
        return
    show_line(f"run {run.id}: {run.recipe}, {run.status}")
    show_line(f"  {run.source} -> {run.root}")
    show_line(f"  {_clock(run.started)}{f' to {_clock(run.ended)}' if run.ended else ''}")
    show_line(f"  {counts_text(status.counts)}")
    if run.alive:
        show_line(f"  {progress_text(status)}")
    if run.reason:
        show_line(f"  {run.reason}")
    if status.waits:
        show_line(f"  waits: {status.waits}")
    for stage, item in status.at_work:
        show_line(f"  at work: {stage}/{item}")
    for stage, item, reason in status.failed:
        show_line(f"  failed: {stage}/{item}: {reason}")


def progress_text(status: RunStatus) -> str:
    """Return how far a live run is, as one line."""
    return ", ".join(progress_parts(status.done, status.total, status.total_is_sure,
                                    status.rate, status.left))  # fmt: skip


def progress_parts(
    done: int, total: int, sure: bool, rate: float | None, left: Left | None
) -> list[str]:
    """Return how far a run is, in parts; a ``+`` marks what is not all known yet."""
    parts = [f"{done:,} of {total:,}{'' if sure else '+'} items"]
    if rate:
        parts.append(rate_text(rate, " items"))
    if left:
        more = "" if left.whole else " or more"
        parts.append(f"{duration(left.seconds)}{more} left")
    return parts


def rate_text(rate: float, unit: str) -> str:
    """Return a rate, such as ``2.1 items/s``."""
    return f"{rate:.{1 if rate >= 1 else 3}f}{unit}/s"


def show_runs(runs: Sequence[RunRecord], *, as_json: bool) -> None:
    """Write the list of runs."""
    if as_json:
        write_json([_run(run) | {"counts": dict(run.counts)} for run in runs])
    elif not runs:
        say("no run yet; begin one: animstudio pipeline run RECIPE")
    else:
        rows = [[r.id, r.recipe, r.status, _clock(r.started), counts_text(r.counts), r.root]
                for r in runs]  # fmt: skip
        show_table(["run", "recipe", "status", "started", "items", "output"], rows)


def _run(run: RunRecord) -> dict[str, Any]:
    return {
        "run": run.id, "recipe": run.recipe, "status": run.status, "source": run.source,
        "output": run.root, "pid": run.pid, "reason": run.reason,
        "started": run.started.isoformat(), "ended": run.ended.isoformat() if run.ended else None,
    }  # fmt: skip


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
