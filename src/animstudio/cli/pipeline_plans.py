"""What a recipe answers before it runs, for people and for programs: plans, reasons, garbage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from animstudio.cli.outcome import say
from animstudio.cli.tables import show_line, show_table, write_json
from animstudio.kernel.progress_views import duration
from animstudio.kernel.sizes import size_text
from animstudio.pipeline.api import Explanation
from animstudio.pipeline.plan import Action, Forecast, Plan, PlannedItem, PlannedStage
from animstudio.pipeline.secrecy import hidden

if TYPE_CHECKING:  # nothing is collected to show a plan
    from animstudio.pipeline.collect import Collected

_REASONS = 5
"""How many reasons of a stage are shown before the rest is counted."""
_COUNTED: Sequence[Action] = ("run", "adopt", "reuse", "blocked", "skipped", "failed")


def show_plan(plan: Plan, *, as_json: bool) -> None:
    """Write a plan: a line a stage, then the reasons."""
    if as_json:
        write_json(asdict(plan) | {"nothing_to_do": plan.nothing_to_do})
        return
    if plan.note:
        say(plan.note)
    closing = any(stage.count("close") for stage in plan.stages)
    shown = (*_COUNTED, "close") if closing else _COUNTED
    head = ["stage", *shown, "forecast"]
    show_table(head, [_planned(stage, shown) for stage in plan.stages])
    for stage in plan.stages:
        for line in _reasons(stage.items):
            show_line(f"  {stage.id}: {line}")
    if plan.nothing_to_do:
        say("nothing to do: everything stands")


def _planned(stage: PlannedStage, shown: Sequence[Action]) -> list[str]:
    counts = stage.counts
    cells = [str(counts[action] or "") for action in shown]
    if stage.more:
        cells[0] += "+"  # not all of its items are known yet
    to_do = counts["run"] or counts["blocked"]
    return [stage.id, *cells, _forecast(stage.forecast) if to_do else ""]


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
