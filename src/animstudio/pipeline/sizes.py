"""How small items are: small ones are given out many at a time.

A stage's own items tell best. Where each stage has one item only, those of other stages that
call the same function stand in, and the slowest of the last ones counts.
"""

from __future__ import annotations

from collections import deque

from animstudio.pipeline.journal import Journal
from animstudio.pipeline.state import Decision

_KNOWN = 4
"""Items after which it is known how small they are."""
_LAST = 16
"""How many items are looked back upon."""


def kind(decision: Decision) -> tuple[str, ...]:
    """Return what is called to make an item."""
    type = decision.part.stage.type
    spec = decision.variant.spec
    return (type.name, *(str(getattr(spec, option)) for option in type.code))


class Sizes:
    """Seconds that items take, by what is called to make them."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._recent: dict[tuple[str, ...], deque[float]] = {}

    def add(self, decision: Decision, seconds: float) -> None:
        """Take note of an item that was made."""
        name = kind(decision)
        if name not in self._recent:
            self._recent[name] = deque(maxlen=_LAST)
        self._recent[name].append(seconds)

    def of(self, decision: Decision) -> float | None:
        """Return the seconds that an item is expected to take; None where nothing is known."""
        cost = self._journal.cost(decision.part.stage.id)
        recent = self._recent.get(kind(decision), ())
        found = [max(recent)] if len(recent) >= _KNOWN else []
        if cost.items >= _KNOWN:  # the first ones, for which modules are loaded, are forgotten
            found.append(cost.seconds / cost.items)
        return min(found, default=None)
