"""A plan: what a run would do for every item, why, and about what that costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from animstudio.kernel.work import Resources
from animstudio.pipeline.events import LAST, ONLY
from animstudio.pipeline.journal import Journal
from animstudio.pipeline.recipe.model import StageNode
from animstudio.pipeline.state import Decision, Part, StageState
from animstudio.pipeline.unfold import Unfolding

Action = Literal["run", "reuse", "adopt", "blocked", "skipped", "failed", "close"]


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """What a run would do for one item.

    Blocked: it waits for something that is to be made. Close: it is done at the end of each run.
    """

    stage: str
    item: str
    action: Action
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a stage's work is likely to cost, from what its items cost before.

    seconds: of all items one after the other; bytes: that they will write; ram, vram: bytes
    that one item needs. None: nothing is known yet.
    """

    seconds: float | None
    bytes: int | None
    ram: int | None
    vram: int = 0


@dataclass(slots=True)
class PlannedStage:
    """A stage of a plan."""

    id: str
    type: str
    needs: tuple[str, ...]
    items: list[PlannedItem] = field(default_factory=list)
    more: bool = False
    """Whether its items are not all known before what it depends on was made."""
    forecast: Forecast = Forecast(None, None, None)

    @property
    def counts(self) -> Counter[Action]:
        """Items by what is to happen to them."""
        return Counter(item.action for item in self.items)

    def count(self, action: Action) -> int:
        """Return how many items that is to happen to."""
        return sum(item.action == action for item in self.items)

    @property
    def to_do(self) -> int:
        """Items that are to be made, now or when what they wait for stands."""
        return self.count("run") + self.count("blocked")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do."""

    recipe: str
    stages: tuple[PlannedStage, ...]
    note: str = ""
    """Something that whoever reads it should know, such as a journal that was lost."""

    @property
    def items(self) -> Iterator[PlannedItem]:
        """Yield every item, in the order of the stages."""
        for stage in self.stages:
            yield from stage.items

    def count(self, action: Action) -> int:
        """Return how many items that is to happen to."""
        return sum(stage.count(action) for stage in self.stages)

    @property
    def forecast(self) -> Forecast:
        """What all of it is likely to cost: work added up, and what the largest item needs.

        What nobody knows yet is not in it.
        """
        known = [stage.forecast for stage in self.stages if stage.to_do]
        seconds = [one.seconds for one in known if one.seconds is not None]
        return Forecast(
            seconds=sum(seconds) if seconds else None,
            bytes=sum(one.bytes or 0 for one in known) or None,
            ram=max((one.ram or 0 for one in known), default=0) or None,
            vram=max((one.vram for one in known), default=0),
        )

    @property
    def nothing_to_do(self) -> bool:
        """Whether everything stands already."""
        return all(item.action in ("reuse", "skipped", "close") for item in self.items)


def plan_of(
    unfolding: Unfolding, begun: Collection[Decision], closing: Sequence[StageNode] = ()
) -> Plan:
    """Return the plan that an unfolding comes to; `begun` is what its `begin` gave."""
    journal = unfolding.journal
    note = f"the journal could not be read: {journal.rebuilt}" if journal.rebuilt else ""
    known: dict[str, list[str]] = {}
    for stage, item in journal.records:
        known.setdefault(stage, []).append(item)
    stages = []
    for state in unfolding.stages.values():
        planned = PlannedStage(state.id, state.type.name, tuple(d.id for d in state.depends))
        for part in state.table.values():
            planned.items += _items_of(part)
        planned.more = state.open or any(p.ending is None and not p.items for p in state.parts)
        if planned.more:
            planned.items += _awaited(state, known.get(state.id, ()))
        planned.forecast = _forecast(state, planned, journal)
        stages.append(planned)
    for node in closing:
        last = PlannedItem(node.id, ONLY, "close", LAST)
        stages.append(PlannedStage(node.id, node.type, node.depends_on, [last]))
    return Plan(unfolding.recipe.name, tuple(stages), note)


def _items_of(part: Part) -> Iterator[PlannedItem]:
    for decision in part.items.values():
        yield PlannedItem(part.stage.id, decision.name, decision.action, decision.reason)
    if not part.items and part.ending:
        action: Action = "failed" if part.ending == "done" else part.ending
        yield PlannedItem(part.stage.id, part.label or ONLY, action, part.reason)
    elif not part.items and part.label:
        yield PlannedItem(part.stage.id, part.label, "blocked", _waits(part))


def _awaited(state: StageState, known: Collection[str]) -> Iterator[PlannedItem]:
    """Yield the items that a stage had before, and that wait for others now."""
    waited = [dep.id for dep in state.depends if not dep.ended]
    reason = f"waits for {', '.join(waited)}; reused if that comes out the same"
    planned = {*state.items, *state.table}
    for name in known:
        if name not in planned:
            yield PlannedItem(state.id, name, "blocked", reason)
    if not known and not state.table.keys() - {""}:
        yield PlannedItem(state.id, "*", "blocked", f"waits for {', '.join(waited)}")


def _waits(part: Part) -> str:
    names = [d.name if isinstance(d, Part) else d.id for d in part.deps if d.ending is None]
    return f"waits for {', '.join(names)}"


def _forecast(state: StageState, planned: PlannedStage, journal: Journal) -> Forecast:
    needs, work = needs_of(state), planned.to_do
    if not work:  # what others cost need not be added up for it
        return Forecast(0.0, 0, needs.ram or None, needs.vram)
    cost = journal.cost(state.id)
    if not cost.items:
        return Forecast(None, needs.disk * work or None, needs.ram or None, needs.vram)
    return Forecast(
        seconds=work * cost.seconds / cost.items,
        bytes=work * (needs.disk or cost.bytes // cost.items),
        ram=max(needs.ram, cost.peak),
        vram=needs.vram,
    )


def needs_of(state: StageState) -> Resources:
    """Return what an item of a stage needs: as the recipe has it, or else its type."""
    return state.node.needs or state.type.resources
