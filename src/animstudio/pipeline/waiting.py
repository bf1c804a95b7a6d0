"""Items that could be made now, and those that are to be tried again later."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from animstudio.pipeline.state import Decision

T = TypeVar("T")
_LOOKS = 32
"""How many stages are asked for an item that there is room for, before the others wait too."""


class Waiting:
    """Ready items by stage. The last stages come first: what was begun is brought to its end."""

    def __init__(self) -> None:
        self._ready: dict[int, deque[Decision]] = {}
        self._order: list[int] = []
        self._later: list[tuple[float, int, Decision]] = []
        self._count = itertools.count()
        self._size = 0

    def add(self, decision: Decision, *, first: bool = False) -> None:
        """Put an item behind the others of its stage, or before them."""
        number = decision.part.stage.number
        if number not in self._ready:
            self._ready[number] = deque()
            heapq.heappush(self._order, -number)
        queue = self._ready[number]
        (queue.appendleft if first else queue.append)(decision)
        self._size += 1

    def add_later(self, decision: Decision, due: float) -> None:
        """Let an item wait until a time."""
        heapq.heappush(self._later, (due, next(self._count), decision))

    def wake(self, now: float) -> None:
        """Let those be ready whose time has come."""
        while self._later and self._later[0][0] <= now:
            self.add(heapq.heappop(self._later)[2], first=True)

    def next_due(self) -> float | None:
        """Return when the next one is due."""
        return self._later[0][0] if self._later else None

    def pick(self, admit: Callable[[Decision], T | str]) -> tuple[Decision, T] | str:
        """Take the first item for which there is room; or say what its stages wait for."""
        refused: list[int] = []
        why = ""
        try:
            while self._order and len(refused) < _LOOKS:
                queue = self._ready[-self._order[0]]
                granted = admit(queue[0])
                if isinstance(granted, str):
                    refused.append(heapq.heappop(self._order))
                    why = why or granted
                    continue
                decision = queue.popleft()
                self._size -= 1
                if not queue:
                    del self._ready[-heapq.heappop(self._order)]
                return decision, granted
        finally:
            for number in refused:
                heapq.heappush(self._order, number)
        return why

    def more_of(self, decision: Decision, count: int) -> list[Decision]:
        """Take up to `count` further items of an item's stage that need no more than it does."""
        number = decision.part.stage.number
        queue = self._ready.get(number)
        found: list[Decision] = []
        while queue and len(found) < count and queue[0].item.needs == decision.item.needs:
            found.append(queue.popleft())
        self._size -= len(found)
        if queue is not None and not queue:
            del self._ready[number]
            self._order.remove(-number)
            heapq.heapify(self._order)
        return found

    def clear(self) -> list[Decision]:
        """Give up everything that waits; return it."""
        left = [d for queue in self._ready.values() for d in queue]
        left += [decision for _, _, decision in self._later]
        self._ready.clear()
        self._order.clear()
        self._later.clear()
        self._size = 0
        return left

    @property
    def ready(self) -> int:
        """How many could be made now."""
        return self._size

    def __len__(self) -> int:
        return self._size + len(self._later)
