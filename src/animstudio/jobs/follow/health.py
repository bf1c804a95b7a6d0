"""Whether a training goes wrong: losses that are no numbers, that grow, or silence."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from animstudio.jobs.follow.reading import Reading
from animstudio.jobs.follow.spec import FollowSpec

Trouble = Literal["nan", "diverges", "stalls", "goes_on"]
_SMOOTH = 0.05
"""Weight of a new loss in the running mean: about the last forty count."""
_WARM = 40
"""Losses before which nothing is called divergence: the first ones jump."""
_IN_ROW = 20


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something went wrong, or right again (``goes_on``); `message` says what for people."""

    trouble: Trouble
    message: str
    step: int | None = None


@dataclass
class Health:
    """Watches one job's readings. Each trouble is told once, until it is over."""

    spec: FollowSpec
    _mean: float = 0.0
    _best: float = math.inf
    _losses: int = 0
    _bad: int = 0
    _told: set[str] = field(default_factory=set)
    _heard: float | None = None

    def take(self, reading: Reading, step: int | None) -> list[Alarm]:
        """Take in a reading; `step` is where the training is."""
        loss = reading.loss if reading.loss is not None else reading.average
        if loss is None:
            return []
        if not math.isfinite(loss):
            at = f" at step {step}" if step is not None else ""
            return self._tell("nan", f"the loss is {loss}{at}", step)
        self._told.discard("nan")
        return self._diverges(loss, step)

    def silence(self, grew: bool, moved: bool, now: float) -> list[Alarm]:
        """Say if nothing came for long. `moved`: whether there ever was progress to miss."""
        if grew or self._heard is None:
            self._heard = now
            if "stalls" in self._told:
                self._told.discard("stalls")
                return [Alarm("goes_on", "the log goes on")]
            return []
        quiet = now - self._heard
        if not moved or not self.spec.stall or quiet < self.spec.stall:
            return []
        spent = f"{quiet:.0f} seconds" if quiet < 120 else f"{quiet / 60:.0f} minutes"
        return self._tell("stalls", f"the log has said nothing for {spent}", None)

    def excuse(self, now: float) -> None:
        """Count silence from now on only."""
        self._heard = now

    def _diverges(self, loss: float, step: int | None) -> list[Alarm]:
        self._losses += 1
        weight = max(_SMOOTH, 1 / self._losses)
        self._mean += weight * (loss - self._mean)
        if self._losses >= _WARM:
            self._best = min(self._best, self._mean)
        # A loss that can be negative has no natural size to be several times of.
        bad = 0 < self._best < math.inf and self._mean > self.spec.divergence * self._best
        self._bad = self._bad + 1 if bad else 0
        if not bad:
            self._told.discard("diverges")
        if self._bad < _IN_ROW:
            return []
        what = f"the loss grew from {self._best:.4g} to {self._mean:.4g}, as means of many steps"
        return self._tell("diverges", what, step)

    def _tell(self, trouble: Trouble, message: str, step: int | None) -> list[Alarm]:
        if trouble in self._told:
            return []
        self._told.add(trouble)
        return [Alarm(trouble, message, step)]
