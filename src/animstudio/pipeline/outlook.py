"""What a run is going to do, stage by stage, said as soon as it is known and not too often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from animstudio.kernel.events import Event
from animstudio.pipeline import events as on
from animstudio.pipeline.journal import Journal
from animstudio.pipeline.state import Decision, StageState

_EVERY = 0.5
"""Seconds between two words about the same stage: flows unfold an item at a time."""


class Outlook:
    """Counts what becomes of items; costs are those of earlier runs, taken when it is made."""

    def __init__(
        self,
        stages: Iterable[StageState],
        journal: Journal,
        emit: Callable[[Event], object],
        clock: Callable[[], float],
    ) -> None:
        self._stages = {stage.id: stage for stage in stages}
        self._emit, self._clock = emit, clock
        self._counts: dict[str, Counter[str]] = {id: Counter() for id in self._stages}
        self._each: dict[str, tuple[float, int]] = {}
        for id in self._stages:
            cost = journal.cost(id)
            if cost.items:
                self._each[id] = cost.seconds / cost.items, cost.bytes // cost.items
        self._said: dict[str, on.StageUnfolded] = {}
        self._said_at = float("-inf")

    def take(self, decision: Decision) -> None:
        """Count what is to become of an item."""
        self._counts[decision.part.stage.id][decision.action] += 1

    def tell(self, *, now: bool = False) -> None:
        """Say what is new of each stage, if it is time."""
        moment = self._clock()
        if not now and moment - self._said_at < _EVERY:
            return
        self._said_at = moment
        for id, stage in self._stages.items():
            said = self._of(id, stage)
            if (before := self._said.get(id)) and _same(before, said):
                continue
            self._said[id] = said
            self._emit(said)

    def _of(self, id: str, stage: StageState) -> on.StageUnfolded:
        counts = self._counts[id]
        each, size = self._each.get(id, (None, None))
        return on.StageUnfolded(
            stage=id, run=counts["run"], reuse=counts["reuse"], adopt=counts["adopt"],
            failed=counts["failed"], open=_open(stage), source=stage.source or "",
            each=each, bytes_each=size,
        )  # fmt: skip


def _open(stage: StageState) -> bool:
    """Say whether more items may come to be known."""
    return stage.open or any(p.ending is None and not p.items for p in stage.parts)


def _same(before: on.StageUnfolded, now: on.StageUnfolded) -> bool:
    return before.model_dump(exclude={"at"}) == now.model_dump(exclude={"at"})
