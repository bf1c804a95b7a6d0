"""What pipelines answer, for people and for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from animstudio.cli.outcome import say
from animstudio.cli.tables import show_table, write_json
from animstudio.kernel.progress_views import duration
from animstudio.kernel.sizes import size_text
from animstudio.pipeline.account import Left
from animstudio.pipeline.api import Explanation, RunStatus
from animstudio.pipeline.collect import Collected
from animstudio.pipeline.events import ONLY
from animstudio.pipeline.plan import Forecast, Plan, PlannedItem, PlannedStage
from animstudio.pipeline.runs import RunRecord
from animstudio.pipeline.secrecy import hidden

if TYPE_CHECKING:  # nothing is run to show a plan
    from animstudio.pipeline.conduct import RunOutcome

_REASONS = 5
"""How many reasons of a stage are shown before the rest is counted."""
_COUNTED = ("run", "adopt", "reuse", "blocked", "skipped", "failed")


def show_plan(plan: Plan, *, as_json: bool) -> None:
    """Write a plan: a line a stage, then the reasons."""
    if as_json:
        write_json(asdict(plan) | {"nothing_to_do": plan.nothing_to_do})
        return
    if plan.note:
        say(plan.note)
    head = ["stage", *_COUNTED, "forecast"]
    show_table(head, [_planned(stage) for stage in plan.stages])
    for stage in plan.stages:
        for line in _reasons(stage.items):
            show_line(f"  {stage.id}: {line}")
    if plan.nothing_to_do:
        say("nothing to do: everything stands")


def _planned(stage: PlannedStage) -> list[str]:
    counts = [stage.count(action) for action in _COUNTED]  # type: ignore[arg-type]
    shown = [str(count) if count else "" for count in counts]
    if stage.more:
        shown[0] += "+"  # not all of its items are known yet
    return [stage.id, *shown, _forecast(stage.forecast) if counts[0] or counts[3] else ""]


def _forecast(forecast: Forecast) -> str:
    parts = []
    if forecast.seconds is not None:
        parts.append(duration(forecast.seconds))
    if forecast.bytes:
        parts.append(f"{size_text(forecast.bytes)} disk")
    if forecast.ram:
        parts.append(f"{size_text(forecast.ram)} memory")
    return ", ".join(parts)


def _reasons(items: Sequence[PlannedItem]) -> list[str]:
    """Return why things happen to the items of a stage, the same reason said once."""
    found: dict[tuple[str, str], list[str]] = {}
    for item in items:
        if item.reason:
            found.setdefault((item.action, item.reason), []).append(item.item)
    lines = []
    for (action, reason), names in list(found.items())[:_REASONS]:
        who = names[0] if len(names) == 1 else f"{len(names)} items"
        lines.append(f"{action} {who}: {reason}")
    if len(found) > _REASONS:
        lines.append(f"and {len(found) - _REASONS} more reasons; see `pipeline why`, or --json")
    return lines


def show_line(text: str) -> None:
    """Write a line to stdout."""
    import sys

    sys.stdout.write(f"{text}\n")


def show_why(found: Sequence[Explanation], *, as_json: bool) -> None:
    """Write, for each item, what would become of it and what it was made from."""
    if as_json:
        write_json([_explained(one) for one in found])
        return
    for one in found:
        planned = one.planned
        reason = f": {planned.reason}" if planned.reason else ": nothing changed"
        show_line(f"{planned.stage}/{planned.item}: {planned.action}{reason}")
        if one.record:
            cost = f"{one.record.seconds:.1f} s"
            show_line(f"  made {one.record.made_at}, {cost}")
            for name, digest in one.record.inputs.items():
                show_line(f"  from {name} ({digest[:12]})")
            for output in one.record.outputs:
                show_line(f"  to {output.path} ({size_text(output.size)})")
        if one.made_with:
            for name, value in hidden(one.made_with.spec).items():
                show_line(f"  with {name} = {value!r}")
        if one.failure:
            show_line(f"  failed {one.failure.kind}: {one.failure.reason}")


def _explained(one: Explanation) -> dict[str, Any]:
    record, failure = one.record, one.failure
    return {
        **asdict(one.planned),
        "made_at": record.made_at if record else None,
        "inputs": dict(record.inputs) if record else None,
        "outputs": [output.path for output in record.outputs] if record else None,
        "options": hidden(one.made_with.spec) if one.made_with else None,
        "failure": failure.reason if failure else None,
    }


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


def show_collected(collected: Collected, *, dry: bool, as_json: bool) -> None:
    """Write what garbage collection freed, or would free."""
    if as_json:
        write_json({"dry": dry, "freed": collected.bytes, "left": collected.left,
                    "pieces": [asdict(piece) for piece in collected.pieces]})  # fmt: skip
        return
    reasons = Counter(piece.why for piece in collected.pieces)
    for why, count in reasons.items():
        size = sum(piece.bytes for piece in collected.pieces if piece.why == why)
        show_line(f"{why}: {count} ({size_text(size)})")
    word = "would be freed" if dry else "freed"
    show_line(f"{size_text(collected.bytes)} {word}, {size_text(collected.left)} stay")
