"""What may be asked of pipelines: plan, explain, status, list, cancel. `conduct` runs them.

Each takes paths and a checked recipe, returns a typed answer, prints nothing, and raises the
house's errors.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from animstudio.catalog import Stage
from animstudio.kernel.errors import AskedWrongly, nearest
from animstudio.kernel.follow import read
from animstudio.kernel.hold import Holder, holder
from animstudio.pipeline import events as on
from animstudio.pipeline.account import Account, Left
from animstudio.pipeline.desk import Desk
from animstudio.pipeline.entries import Failure
from animstudio.pipeline.plan import Plan, PlannedItem, plan_of
from animstudio.pipeline.recipe.model import Recipe
from animstudio.pipeline.record import Record, StageKey
from animstudio.pipeline.runs import RunRecord, cancel_run, find_run, list_runs, utc_now
from animstudio.pipeline.secrecy import Secrets
from animstudio.pipeline.sweeps import no_sweeps

__all__ = [
    "Explanation",
    "RunStatus",
    "cancel_run",
    "explain",
    "list_runs",
    "plan_recipe",
    "status_of",
    "who_runs",
]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an item stands or does not, and what it was made from."""

    planned: PlannedItem
    record: Record | None
    made_with: StageKey | None
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class RunStatus:
    """How a run is, from what it wrote: `counts` of what its items came to so far.

    `failed` and `blocked`: stage, item and reason, of what was set aside and what that leaves.
    `done` of `total` items need nothing more; `rate` is items a second; `left` only of a live run.
    """

    run: RunRecord
    counts: Mapping[str, int]
    at_work: Sequence[tuple[str, str]]
    failed: Sequence[tuple[str, str, str]]
    blocked: Sequence[tuple[str, str, str]]
    waits: str
    latest: datetime | None
    done: int = 0
    total: int = 0
    total_is_sure: bool = True
    rate: float | None = None
    left: Left | None = None


def plan_recipe(
    recipe: Recipe,
    root: Path,
    *,
    home: Path | None = None,
    fresh: Collection[str] = (),
    retry_failed: bool = False,
    types: Mapping[str, Stage] | None = None,
) -> Plan:
    """Say what a run would do now, for every item, and why. Writes nothing."""
    desk = Desk.at(recipe, root, home)
    desk.check_names(fresh)
    opened = desk.unfolding(write=False, fresh=fresh, retry_failed=retry_failed, types=types)
    with opened as unfolding, no_sweeps():
        plan = plan_of(unfolding, list(unfolding.begin()), desk.closing(types))
    secrets = Secrets.of(recipe)
    for stage in plan.stages:
        stage.items = [
            replace(one, reason=secrets.hide(one.reason)) if one.reason else one
            for one in stage.items
        ]
    return plan


def explain(
    recipe: Recipe,
    root: Path,
    stage: str,
    item: str | None = None,
    *,
    home: Path | None = None,
    types: Mapping[str, Stage] | None = None,
) -> list[Explanation]:
    """Say why the items of a stage, or one of them, would run or be reused."""
    desk = Desk.at(recipe, root, home)
    desk.check_names([stage])
    with desk.unfolding(write=False, types=types) as unfolding:
        plan = plan_of(unfolding, list(unfolding.begin()), desk.closing(types))
        found = [p for p in plan.items if p.stage == stage and item in (None, p.item)]
        if not found:
            names = [p.item for p in plan.items if p.stage == stage]
            raise AskedWrongly(f"stage '{stage}' has no item '{item}'{nearest(item or '', names)}")
        journal, secrets = unfolding.journal, Secrets.of(recipe)
        answers = []
        for planned in found:
            planned = replace(planned, reason=secrets.hide(planned.reason))
            record = journal.records.get((stage, planned.item))
            key = journal.keys.get(record.stage_key) if record else None
            failure = journal.failures.get((stage, planned.item))
            if failure:
                failure = replace(failure, reason=secrets.hide(failure.reason))
            answers.append(Explanation(planned, record, key, failure))
        return answers


def status_of(state: Path, name: str) -> RunStatus:
    """Say how a run is or was, live or past. Raises AskedWrongly for one nobody knows."""
    return status_from(find_run(state, name))


def status_from(run: RunRecord, now: datetime | None = None) -> RunStatus:
    """Say how a run is or was, from what it wrote until `now`."""
    account, failed, blocked = Account(), [], []
    for event in read(run.events):
        account.take(event)
        if isinstance(event, on.ItemFailed):
            failed.append((event.stage, event.item, event.reason))
        elif isinstance(event, on.StageClosed) and event.problem:
            failed.append((event.stage, on.ONLY, event.problem))
        elif isinstance(event, on.PartEnded) and event.ending == "blocked":
            blocked.append((event.stage, event.part or on.ONLY, event.reason))
    live = run.alive
    moment = now or utc_now()
    return RunStatus(
        run,
        dict(run.counts) if run.ended else dict(account.counts),
        list(account.at_work) if live else [],
        failed,
        blocked,
        account.waits if live else "",
        account.latest,
        account.done,
        account.total,
        account.total_is_sure,
        account.rate(moment) if live or run.ended else None,
        account.left(moment) if live else None,
    )


def who_runs(root: Path) -> Holder | None:
    """Return which process writes into an output folder now."""
    return holder(Desk.at(Recipe("", 1, ()), root).locks[0])
