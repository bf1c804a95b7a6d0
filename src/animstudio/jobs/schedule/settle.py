"""When a job's own use of a card is stable, what it does not use is given to others."""

from __future__ import annotations

from dataclasses import dataclass

_CALM = 120.0
"""Seconds without a new peak after which use counts as stable: several training steps, and
the first validation of most trainers."""
_MARGIN = 1.1
"""What is kept reserved, over the peak: fragmentation and a longer caption."""


@dataclass
class Settling:
    """What to reserve for one job on each of its cards, as its use is watched.

    declared: bytes that it asked for; 0 if it said nothing.
    """

    declared: int
    peak: int = 0
    _grew: float | None = None

    def watch(self, used: int, now: float) -> int:
        """Take in what the job uses on its fullest card, in bytes; return what to reserve.

        Until stable that is what was declared, or more if it uses more. A job that only loads
        its data has no peak yet and keeps all of it.
        """
        if used > self.peak or self._grew is None:
            self.peak, self._grew = max(used, self.peak), now
        if not self.stable(now):
            return max(self.declared, self.peak)
        return int(self.peak * _MARGIN)

    def stable(self, now: float) -> bool:
        """Whether its use has not grown for a while."""
        return self.peak > 0 and self._grew is not None and now - self._grew >= _CALM
