"""Orders and clocks for tests."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from animstudio.jobs.clock import Clock
from animstudio.jobs.order import Order
from animstudio.jobs.spec import JobSpec, order


class FakeClock(Clock):
    """A clock that is set by hand."""

    def __init__(self, boot: str = "boot-1", at: float = 1000.0) -> None:
        self.boot, self.at, self.day = boot, at, 1_000_000.0
        self._offset = self.wall() - self.boottime()

    def wall(self) -> float:
        return self.day

    def boottime(self) -> float:
        return self.at


def plain(*argv: str, **changes: object) -> Order:
    """Return an order for a command in the root folder."""
    environment = {"PATH": os.environ["PATH"]}
    found = order(argv or ("true",), JobSpec(), cwd=Path("/"), environment=environment, user="u")
    return replace(found, **changes)  # type: ignore[arg-type]
