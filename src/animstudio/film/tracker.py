"""How the camera moved from frame to frame: one similarity a pair, from points that agree.

Corners (one a grid cell) are followed by Lucas-Kanade from an *anchor* picture, and a RANSAC
similarity is read off them; a frame's motion is the step between two such readings.

Why from an anchor and not from the frame before: Lucas-Kanade underestimates tiny shifts in
noise, and on slow pans that error adds up frame after frame. Read from an anchor, errors do
not add: a shot's total is off by one reading an anchor. It is also the cheaper way, since new
corners are the dearest step and are found once in `AGE` frames. The two other savings: frames
that repeat the last one (held drawings, "on twos") are answered without tracking, and points
start from where the last step predicts them, so that one pyramid level is enough; only when
that fails (a whip pan begins, the light changes) a fresh anchor, a coarse phase correlation and
the whole pyramid step in.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from animstudio.film.anchor import AGREE, FEWEST, Anchor, Reading, anchor_at, count, leftover, read
from animstudio.film.similarity import Similarity
from animstudio.media import flow
from animstudio.media.views import Bytes

HELD: Final = 0.06
"""Mean difference in levels below which a frame repeats the last one that was measured."""
LOST: Final = 0.6
"""Below this share of an anchor's points that are still found, a new anchor is taken."""
AGE: Final = 12
"""Frames that are measured from one anchor at most."""
FAR, GROWN, TURNED = 0.12, 0.06, 5.0
"""A new anchor is taken beyond this shift (widths), growth (share) or turn (degrees): there
patches begin to leave the picture or to look different."""


@dataclass(frozen=True, slots=True)
class Motion:
    """The camera's motion between two frames, as in `Measures`; support 0: no answer."""

    step: Similarity = field(default_factory=Similarity)
    support: float = 0.0
    residual: float = 0.0

    def halved(self) -> Motion:
        """Return half of it: done twice, it is the whole."""
        return replace(self, step=self.step.halved(), residual=self.residual / 2)


class Tracker:
    """Follow the camera from frame to frame.

    Deterministic from where it is started. A change of the picture's size starts it anew.
    """

    def __init__(self) -> None:
        self._anchor: Anchor | None = None
        self._last: Bytes = np.empty((0, 0), np.uint8)
        self._step = Similarity()

    def follow(self, luma: Bytes) -> Motion:
        """Return the motion to the next frame, luma (h, w)."""
        anchor = self._anchor
        if anchor is None or anchor.luma.shape != luma.shape:
            self._drop_anchor(luma)
            return Motion()
        if still := self.still(luma):
            return still
        anchor, reading = self._read(anchor, luma)
        if reading is None:
            self._drop_anchor(luma)
            self._step = Similarity()
            return Motion()
        return self._moved_on(anchor, reading, luma, frames=1)

    def follow_two(self, luma: Bytes) -> Motion | None:
        """Return the motion over two frames, the one between them unseen.

        None, and nothing has happened, where it is not plain to see.
        """
        anchor = self._anchor
        if anchor is None or anchor.luma.shape != luma.shape:
            return None
        if still := self.still(luma):
            return still
        reading = read(anchor, luma, self._step @ self._step @ anchor.reading, levels=1)
        if reading is None:
            return None
        return self._moved_on(anchor, reading, luma, frames=2)

    def still(self, luma: Bytes) -> Motion | None:
        """Return rest if this picture repeats the last one that was looked at."""
        anchor = self._anchor
        if anchor is None or not repeats(self._last, luma):
            return None
        return Motion(support=1.0 if len(anchor.points) >= FEWEST else 0.0)

    def _moved_on(self, anchor: Anchor, reading: Reading, luma: Bytes, *, frames: int) -> Motion:
        step = reading.since @ anchor.reading.inverse()
        self._step = step if frames == 1 else step.halved()
        motion = Motion(step, reading.support, leftover(anchor, reading, step))
        self._last = luma
        if _spent(anchor, reading, frames):
            self._drop_anchor(luma)
        else:
            anchor.age += frames
            anchor.reading, anchor.latest = reading.since, reading.points
            anchor.found = reading.found
        return motion

    def _drop_anchor(self, luma: Bytes) -> Anchor:
        """Measure from this picture on."""
        self._anchor = anchor_at(luma)
        self._last = luma
        return self._anchor

    def _read(self, anchor: Anchor, luma: Bytes) -> tuple[Anchor, Reading | None]:
        """Follow the anchor's points from where they should be; else search afresh, and far."""
        reading = read(anchor, luma, self._step @ anchor.reading, levels=1)
        if reading is None and len(anchor.points) >= FEWEST:
            x, y = flow.jump(self._last, luma)
            if anchor.age:
                anchor = self._drop_anchor(self._last)
            leap = Similarity(1, complex(x, y) / luma.shape[1])
            reading = read(anchor, luma, leap, levels=3)
        return anchor, reading


def repeats(before: Bytes, luma: Bytes) -> bool:
    """Say whether a picture shows the same drawing as another: only the coding differs."""
    return before.shape == luma.shape and flow.difference(before, luma) < HELD


def _spent(anchor: Anchor, reading: Reading, frames: int) -> bool:
    since = reading.since
    return (
        anchor.age + frames >= AGE
        or count(reading.found) < LOST * len(reading.found)
        or reading.support < 2 * AGREE
        or abs(since.shift) > FAR
        or abs(since.scale - 1) > GROWN
        or abs(since.angle) > TURNED
    )
