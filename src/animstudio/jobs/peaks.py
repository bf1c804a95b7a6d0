"""What jobs of a signature were seen to need on a card: the next one is admitted by that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from animstudio.jobs.schedule.state import Need

_MARGIN = 1.1
"""What is asked for, over the highest peak: two runs of the same training are never equal."""


@dataclass
class Peaks:
    """The highest use of a card by signature, in bytes."""

    _peaks: dict[str, int] = field(default_factory=dict)

    def restore(self, saved: Mapping[str, int]) -> None:
        """Put back what was saved."""
        self._peaks.update(saved)

    def saved(self) -> dict[str, int]:
        """Return all, to be restored after a restart."""
        return dict(self._peaks)

    def learn(self, signature: str, used: int) -> None:
        """Take in the peak of a run, ended however it did."""
        if signature and used > self._peaks.get(signature, 0):
            self._peaks[signature] = used

    def ran_out(self, signature: str, had: int, factor: float, card: int) -> None:
        """Take in that `had` bytes were not enough; `card` is what the largest one can give."""
        self.learn(signature, min(card, int(had * factor / _MARGIN)))

    def need(self, need: Need, signature: str, card: int) -> Need:
        """Return what to admit a job by: what it declared, or more if its like needed more.

        Never more than the largest card can give, which what it declared may still exceed.
        """
        peak = self._peaks.get(signature, 0)
        if not need.shared or not peak:
            return need
        return replace(need, vram=max(need.vram, min(card, int(peak * _MARGIN))))
