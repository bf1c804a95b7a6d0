"""How far one stage of a run is, and what is at work; see `account`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_KNOWN = 3
"""Items of this run after which their own mean is a better forecast than earlier runs'."""


@dataclass(slots=True)
class AtWork:
    """An attempt that is not over; `progress` is what it said last, as a share where it can be."""

    stage: str
    item: str
    since: datetime
    why: str = ""
    progress: float | None = None


@dataclass(slots=True)
class StageAccount:
    """What became of a stage's items until now.

    planned: how many are to be made, as far as is known. each: seconds of one in earlier runs.
    closes: it ends the run, and is done once; closed: 1 when it was, 0 before that and if it
    failed.
    """

    id: str
    planned: int = 0
    reused: int = 0
    adopted: int = 0
    made: int = 0
    same: int = 0
    failed: int = 0
    blocked: int = 0
    skipped: int = 0
    retried: int = 0
    closes: bool = False
    closed: int = 0
    open: bool = True
    source: str = ""
    each: float | None = None
    bytes_each: int | None = None
    seconds: float = 0.0
    bytes: int = 0
    peak: int = 0
    first: datetime | None = None
    last: datetime | None = None
    ending: str = ""
    reason: str = ""

    @property
    def standing(self) -> int:
        """Items that stood before this run."""
        return self.reused + self.adopted

    @property
    def done(self) -> int:
        """Items that need nothing more."""
        return self.made + self.failed + self.standing + self.closed

    @property
    def known(self) -> int:
        """Items that are known of."""
        return max(self.planned + self.standing, self.done)

    def begin_closing(self) -> None:
        """Take in that it ends the run: then there is one thing to do, and no more."""
        self.closes, self.planned, self.open = True, 1, False

    def close(self, problem: str, seconds: float, at: datetime) -> None:
        """Take in how it ended the run."""
        self.begin_closing()
        self.failed, self.closed = int(bool(problem)), int(not problem)
        self.ending, self.reason = "failed" if problem else "done", problem
        self.first, self.last = self.first or at - timedelta(seconds=seconds), at
        self.seconds += seconds

    @property
    def typical(self) -> float | None:
        """Seconds that an item takes: of this run once some were made, else of earlier ones."""
        if self.made >= _KNOWN or (self.made and self.each is None):
            return self.seconds / self.made
        return self.each
