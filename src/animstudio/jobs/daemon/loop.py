"""Waiting for whatever happens first: a file that is readable, or a moment that comes."""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Protocol

Act = Callable[[], object]


class HasFile(Protocol):
    """Anything with an open file."""

    def fileno(self) -> int:
        """Return the file's number."""


class Loop:
    """Calls back for files and moments; it sleeps until one of them is due."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._selector = selectors.DefaultSelector()
        self._moments: list[tuple[float, int, Act]] = []
        self._numbers = count()

    def always(self, file: HasFile, act: Act, *, also_writable: bool = False) -> None:
        """Act each time a file is readable."""
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if also_writable else 0)
        try:
            self._selector.modify(file, events, act)
        except KeyError:
            self._selector.register(file, events, act)

    def when_readable(self, file: HasFile, act: Act) -> None:
        """Act once, when a file is readable."""

        def once() -> None:
            self.forget(file)
            act()

        self.always(file, once)

    def forget(self, file: HasFile) -> None:
        """Do not wait for a file any more."""
        try:
            self._selector.unregister(file)
        except (KeyError, ValueError):
            return

    def after(self, seconds: float, act: Act) -> None:
        """Act in a while."""
        heappush(self._moments, (self._clock() + seconds, next(self._numbers), act))

    def wait(self, at_most: float | None) -> None:
        """Wait for the next thing to happen, and act on all that has."""
        if self._moments:
            until = max(0.0, self._moments[0][0] - self._clock())
            at_most = until if at_most is None else min(at_most, until)
        for key, _ in self._selector.select(at_most):
            if key.fileobj in self._selector.get_map():  # an act before may have let go of it
                key.data()
        now = self._clock()
        while self._moments and self._moments[0][0] <= now:
            heappop(self._moments)[2]()
