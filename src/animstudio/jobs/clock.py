"""Time, in one place, so that tests can give their own.

A queue outlives corrections of the time of day, so lengths of time are differences of
CLOCK_BOOTTIME (which also counts while the machine sleeps), and are kept with the id of the
boot that they belong to.
"""

from __future__ import annotations

import time
from pathlib import Path


class Clock:
    """The machine's clocks.

    `now` is for schedules: seconds since 1970 as they were when this object was made, and from
    then on counted without regard to corrections. `wall` is the time of day, for people.
    """

    def __init__(self, *, proc: Path = Path("/proc")) -> None:
        self.boot = (proc / "sys/kernel/random/boot_id").read_text().strip()
        self._offset = self.wall() - self.boottime()

    def wall(self) -> float:
        """Return the time of day, seconds since 1970."""
        return time.time()

    def boottime(self) -> float:
        """Return the seconds since the machine was started."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def now(self) -> float:
        """Return the schedule's time."""
        return self.boottime() + self._offset

    def scheduled(self, boottime: float, boot: str) -> float:
        """Return when a moment of a boot was, in the schedule's time; of an earlier boot: now."""
        return boottime + self._offset if boot == self.boot else self.now()
