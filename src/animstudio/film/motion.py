"""The camera's motion for every frame, looked at as often as it takes.

Where the camera is slow, the motion over two frames says as much as two motions over one, and
costs half: so a frame after a slow one is passed over, and its share is half of what the next
one shows. When that one shows nothing (a cut, a sudden move), both are looked at in turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from animstudio.film.tracker import Motion, Tracker, repeats
from animstudio.media.views import Bytes, Views

SLOW: Final = 0.008
"""Motion in a frame, in widths (or the like in growth), up to which the next may be passed over:
the camera's and the subjects'."""
SURE: Final = 0.6
"""Share of points that must agree on it."""


class MotionAnalyser:
    """Sees the frames of one film in order; `columns` gives their motions afterwards."""

    def __init__(self) -> None:
        self._tracker = Tracker()
        self._motions: list[Motion] = []
        self._passed: Bytes | None = None

    def see(self, views: Views) -> dict[str, float | NDArray[np.generic]]:
        """Take the next frame; it adds nothing to its row."""
        luma = views.luma
        if self._passed is not None:
            self._motions += self._two(self._passed, luma)
            self._passed = None
        elif self._motions and _is_slow(self._motions[-1]) and not self._tracker.still(luma):
            self._passed = luma
        else:
            self._motions.append(self._tracker.follow(luma))
        return {}

    def _two(self, first: Bytes, second: Bytes) -> Iterable[Motion]:
        """Return the motions to two frames: from one look where that is enough."""
        # What is back where it was has been away: a shake between two places.
        back = self._tracker.still(second) is not None
        both = None if back else self._tracker.follow_two(second)
        if both is None:
            return self._tracker.follow(first), self._tracker.follow(second)
        if repeats(first, second):  # a drawing held for two frames moved before the first
            return both, Motion(support=both.support)
        return both.halved(), both.halved()

    def columns(self) -> Mapping[str, NDArray[np.float32]]:
        """Return tx, ty, scale, angle, support and residual (n,) of the frames seen.

        As `Measures` documents them. Where there is no answer (the first frame, flat pictures,
        cuts): no motion, support 0.
        """
        if self._passed is not None:
            self._motions.append(self._tracker.follow(self._passed))
            self._passed = None
        values = [
            (m.step.shift.real, m.step.shift.imag, m.step.scale, m.step.angle,
             m.support, m.residual)
            for m in self._motions
        ]  # fmt: skip
        table = np.array(values, np.float32).reshape(-1, 6)
        names = ("tx", "ty", "scale", "angle", "support", "residual")
        return dict(zip(names, table.T.copy(), strict=True))


def _is_slow(motion: Motion) -> bool:
    step = motion.step
    change = max(abs(step.shift), abs(step.turn - 1), motion.residual)
    return change <= SLOW and motion.support >= SURE
