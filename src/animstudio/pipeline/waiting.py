"""Items that could be made now, and those that are to be tried again later."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from animstudio.pipeline.state import Decision

T = TypeVar("T")
_PATIENT = 300.0
"""Seconds after which a stage's first item goes before everyone, and room is kept for it."""
_LOOKS = 32
"""How many stages are asked for an item that there is room for, before the others wait too."""


class Waiting:
    """Ready items by stage. The last stages come first: what was begun is brought to its end."""

    def __init__(self) -> None:
        self._ready: dict[int, deque[Decision]] = {}
        self._since: dict[int, float] = {}
        """When a stage got something last, or came to wait; who waits longest stands first."""
        self._order: list[int] = []
        self._later: list[tuple[float, int, Decision]] = []
        self._count = itertools.count()
        self._size = 0

    def add(self, decision: Decision, now: float, *, first: bool = False) -> None:
        """Put an item behind the others of its stage, or before them."""
        number = decision.part.stage.number
        if number not in self._ready:
            self._ready[number] = deque()
            heapq.heappush(self._order, -number)
            self._since[number] = now
        queue = self._ready[number]
        (queue.appendleft if first else queue.append)(decision)
        self._size += 1

    def add_later(self, decision: Decision, due: float) -> None:
        """Let an item wait until a time."""
        heapq.heappush(self._later, (due, next(self._count), decision))

    def wake(self, now: float) -> None:
        """Let those be ready whose time has come."""
        while self._later and self._later[0][0] <= now:
            self.add(heapq.heappop(self._later)[2], now, first=True)

    def next_due(self) -> float | None:
        """Return when the next one is due."""
        return self._later[0][0] if self._later else None

    def pick(
        self, admit: Callable[[Decision, Decision | None], T | str], now: float
    ) -> tuple[Decision, T] | str:
        """Take the first item for which there is room; or say what its stages wait for.

        An item that waited too long is asked for first. As long as there is no room for it, the
        others are admitted only beside it, which `admit` is told as its second argument.
        """
        refused: list[int] = []
        why, ahead = "", None
        if (patient := self._patient(now)) is not None:
            ahead = self._ready[patient][0]
            granted = admit(ahead, None)
            if not isinstance(granted, str):
                return self._taken(patient, now), granted
            why = granted
        try:
            while self._order and len(refused) < _LOOKS:
                number = -self._order[0]
                first = self._ready[number][0]
                granted = why if first is ahead else admit(first, ahead)
                if not isinstance(granted, str):
                    return self._taken(number, now), granted
                refused.append(heapq.heappop(self._order))
                why = why or granted
        finally:
            for number in refused:
                heapq.heappush(self._order, number)
        return why

    def _patient(self, now: float) -> int | None:
        """Return the stage that has waited longest, if that is too long."""
        number = next(iter(self._since), None)
        return number if number is not None and now - self._since[number] >= _PATIENT else None

    def _taken(self, number: int, now: float) -> Decision:
        decision = self._ready[number].popleft()
        self._size -= 1
        del self._since[number]  # and to the end of the line, if something is left
        if self._ready[number]:
            self._since[number] = now
        else:
            self._forget(number)
        return decision

    def _forget(self, number: int) -> None:
        del self._ready[number]
        self._since.pop(number, None)
        if self._order[0] == -number:
            heapq.heappop(self._order)
        else:
            self._order.remove(-number)
            heapq.heapify(self._order)

    def more_of(self, decision: Decision, count: int) -> list[Decision]:
        """Take up to `count` further items of an item's stage that need no more than it does."""
        number = decision.part.stage.number
        queue = self._ready.get(number)
        found: list[Decision] = []
        while queue and len(found) < count and queue[0].item.needs == decision.item.needs:
            found.append(queue.popleft())
        self._size -= len(found)
        if queue is not None and not queue:
            self._forget(number)
        return found

    def clear(self) -> list[Decision]:
        """Give up everything that waits; return it."""
        left = [d for queue in self._ready.values() for d in queue]
        left += [decision for _, _, decision in self._later]
        self._ready.clear()
        self._since.clear()
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
