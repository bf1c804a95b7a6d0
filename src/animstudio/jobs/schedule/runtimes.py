"""How long jobs take: what the last two of a kind took.

Source: D. Tsafrir, Y. Etsion, D. Feitelson, "Backfilling Using System-Generated Predictions
Rather Than User Runtime Estimates", IEEE TPDS 18(6), 2007: the mean of the last two runs beats
user estimates and elaborate models; a prediction that was exceeded is raised by growing steps.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from dataclasses import dataclass, field

from animstudio.jobs.schedule.state import Running, Waiting

_STEPS = (60, 300, 900, 1800, 3600, 7200, 18000, 36000, 72000, 180000, 360000)
"""Seconds by which a prediction is raised when it was exceeded, as Tsafrir et al. have them."""
_REMEMBERED = 101
"""Runs of a kind that its median is of."""


@dataclass
class Runtimes:
    """Predictions, learnt from runs that completed. `unknown` is the guess for what never ran."""

    unknown: float
    _last: dict[str, tuple[float, ...]] = field(default_factory=dict)
    _kinds: dict[str, deque[float]] = field(default_factory=dict)
    _medians: dict[str, float] = field(default_factory=dict)

    def learn(self, signature: str, kind: str, seconds: float) -> None:
        """Take in a run that completed. Failed ones say nothing about those that will not."""
        if signature:
            self._last[signature] = (*self._last.get(signature, ()), seconds)[-2:]
        times = self._kinds.setdefault(kind, deque(maxlen=_REMEMBERED))
        times.append(seconds)
        ordered: list[float] = []
        for time in times:
            insort(ordered, time)
        self._medians[kind] = ordered[len(ordered) // 2]

    def expected(self, signature: str, kind: str = "") -> float:
        """Return the seconds a job will take: as its last two, else the median of its kind."""
        if last := self._last.get(signature):
            return sum(last) / len(last)
        return self._medians.get(kind, self.unknown)

    def left(self, job: Waiting) -> float:
        """Return the seconds that a waiting job will take."""
        return self.expected(job.signature, job.kind) if job.left is None else job.left

    def end(self, job: Running, now: float) -> float:
        """Return when a running job will end; later than `now`."""
        if job.until is not None:
            return max(job.until, now + 1)
        predicted = job.started_at + self.expected(job.signature, job.kind)
        if predicted > now:
            return predicted
        return next(
            (predicted + step for step in _STEPS if predicted + step > now), now + _STEPS[-1]
        )
