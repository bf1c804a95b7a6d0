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
from numpy.typing import NDArray

from animstudio.film.similarity import Similarity
from animstudio.media import flow
from animstudio.media.views import Bytes

CELL: Final = 0.085
"""A grid cell's side as a share of the picture's longest: 11 x 6 cells at 320x180."""
CORNER: Final = 3e-4
"""Weaker corners are the codec's noise (its strongest are near 1e-4 on flat skies)."""
HELD: Final = 0.06
"""Mean difference in levels below which a frame repeats the last one that was measured."""
REACH: Final = 0.8 / 320
"""Points agree with a similarity within this share of the picture's longest side."""
FEWEST: Final = 6
"""Fewer agreeing points are no answer."""
AGREE: Final = 0.3
"""A smaller share of agreeing points is no answer: a cut, a flash, water."""
CONTESTED: Final = 0.75
"""Below this share of agreeing points, a second motion is looked for among the others."""
LOST: Final = 0.6
"""Below this share of an anchor's points that are still found, a new anchor is taken."""
AGE: Final = 12
"""Frames that are measured from one anchor at most."""
FAR, GROWN, TURNED = 0.12, 0.06, 5.0
"""A new anchor is taken beyond this shift (widths), growth (share) or turn (degrees): there
patches begin to leave the picture or to look different."""
SUBJECT: Final = 0.05
"""A smaller share of points that disagree are errors and no subject."""


@dataclass(slots=True)
class _Anchor:
    """A picture, its corners, and where they were when last followed."""

    luma: Bytes
    within: flow.Box
    points: flow.Points
    weights: NDArray[np.float32]
    age: int = 0
    reading: Similarity = field(default_factory=Similarity)
    latest: flow.Points = field(init=False)
    found: flow.Mask = field(init=False)

    def __post_init__(self) -> None:
        self.latest = self.points
        self.found = np.ones(len(self.points), np.bool_)


@dataclass(frozen=True, slots=True)
class _Reading:
    """The camera's similarity since the anchor, and the points behind it."""

    since: Similarity
    points: flow.Points
    found: flow.Mask
    agrees: flow.Mask

    @property
    def support(self) -> float:
        return _count(self.agrees) / max(1, _count(self.found))


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
        self._anchor: _Anchor | None = None
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
        reading = _fit(anchor, luma, self._step @ self._step @ anchor.reading, levels=1)
        if reading is None:
            return None
        return self._moved_on(anchor, reading, luma, frames=2)

    def still(self, luma: Bytes) -> Motion | None:
        """Return rest if this picture repeats the last one that was looked at."""
        anchor = self._anchor
        if anchor is None or not repeats(self._last, luma):
            return None
        return Motion(support=1.0 if len(anchor.points) >= FEWEST else 0.0)

    def _moved_on(self, anchor: _Anchor, reading: _Reading, luma: Bytes, *, frames: int) -> Motion:
        step = reading.since @ anchor.reading.inverse()
        self._step = step if frames == 1 else step.halved()
        motion = Motion(step, reading.support, _leftover(anchor, reading, step))
        self._last = luma
        if _spent(anchor, reading, frames):
            self._drop_anchor(luma)
        else:
            anchor.age += frames
            anchor.reading, anchor.latest = reading.since, reading.points
            anchor.found = reading.found
        return motion

    def _drop_anchor(self, luma: Bytes) -> _Anchor:
        """Measure from this picture on."""
        height, width = luma.shape
        within = flow.textured(luma)
        points = flow.corners(luma, within, max(8, round(CELL * max(height, width))), CORNER)
        reach = np.abs(points - _middle(luma)) / (width / 2, height / 2)
        # The background shows at the border, subjects are staged in the middle.
        weights = 1 + 2 * np.square(reach.max(axis=1, initial=0)).astype(np.float32)
        self._anchor = _Anchor(luma, within, points, weights)
        self._last = luma
        return self._anchor

    def _read(self, anchor: _Anchor, luma: Bytes) -> tuple[_Anchor, _Reading | None]:
        """Follow the anchor's points from where they should be; else search afresh, and far."""
        reading = _fit(anchor, luma, self._step @ anchor.reading, levels=1)
        if reading is None and len(anchor.points) >= FEWEST:
            x, y = flow.jump(self._last, luma)
            if anchor.age:
                anchor = self._drop_anchor(self._last)
            leap = Similarity(1, complex(x, y) / luma.shape[1])
            reading = _fit(anchor, luma, leap, levels=3)
        return anchor, reading


def repeats(before: Bytes, luma: Bytes) -> bool:
    """Say whether a picture shows the same drawing as another: only the coding differs."""
    return before.shape == luma.shape and flow.difference(before, luma) < HELD


def _fit(anchor: _Anchor, luma: Bytes, guess: Similarity, *, levels: int) -> _Reading | None:
    """Return the camera's similarity since the anchor, or None where too few points agree."""
    if len(anchor.points) < FEWEST:
        return None
    width = luma.shape[1]
    middle = _middle(luma)
    start = _moved(anchor.points - middle, guess, width) + middle
    points, found = flow.follow(anchor.luma, luma, anchor.points, start, levels=levels)
    known = np.flatnonzero(found)
    before, after = anchor.points[known] - middle, points[known] - middle
    weights = anchor.weights[known]
    fit = _vote(before, after, weights, max(0.5, REACH * max(luma.shape)))
    if fit is None:
        return None
    since = Similarity(fit.turn, fit.shift / width)
    agrees = np.zeros(len(points), np.bool_)
    agrees[known[fit.agrees]] = True
    # A point that has come to the edge or a bar was not found, whatever was found there.
    found &= agrees | _inside(_moved(anchor.points - middle, since, width) + middle, anchor.within)
    if _count(agrees) < max(FEWEST, AGREE * _count(found)):
        return None
    return _Reading(since, points, found, agrees)


def _vote(
    before: flow.Points, after: flow.Points, weights: NDArray[np.float32], reach: float
) -> flow.Fit | None:
    """Return the motion of the background: of two rivals, the one that holds the border."""
    first = flow.similarity(before, after, reach)
    if first is None or _count(first.agrees) >= CONTESTED * len(before):
        return first
    others = np.flatnonzero(~first.agrees)
    second = flow.similarity(before[others], after[others], reach)
    if second is None:
        return first
    agrees = np.zeros(len(before), np.bool_)
    agrees[others[second.agrees]] = True
    if _count(agrees) < AGREE * len(before) or weights[agrees].sum() <= weights[first.agrees].sum():
        return first
    return flow.Fit(second.turn, second.shift, agrees)


def _leftover(anchor: _Anchor, reading: _Reading, step: Similarity) -> float:
    """Return the median motion, in widths, of the points that do not follow the camera."""
    both = anchor.found & reading.found
    strays = both & ~reading.agrees
    if _count(strays) < max(3, SUBJECT * _count(both)):
        return 0.0
    width = anchor.luma.shape[1]
    middle = _middle(anchor.luma)
    expected = _moved(anchor.latest[strays] - middle, step, width) + middle
    own = np.square(reading.points[strays] - expected) @ np.ones(2, np.float32)
    return float(np.sqrt(np.sort(own)[len(own) // 2]) / width)


def _spent(anchor: _Anchor, reading: _Reading, frames: int) -> bool:
    since = reading.since
    return (
        anchor.age + frames >= AGE
        or _count(reading.found) < LOST * len(reading.found)
        or reading.support < 2 * AGREE
        or abs(since.shift) > FAR
        or abs(since.scale - 1) > GROWN
        or abs(since.angle) > TURNED
    )


def _moved(points: flow.Points, by: Similarity, width: int) -> flow.Points:
    turn, shift = by.turn, by.shift * width
    matrix = np.array([[turn.real, turn.imag], [-turn.imag, turn.real]], np.float32)
    return points @ matrix + np.array([shift.real, shift.imag], np.float32)


def _inside(points: flow.Points, box: flow.Box) -> flow.Mask:
    """Return which points are so far inside that no patch of half the size meets the edge."""
    left, top, right, bottom = box
    x, y, rim = points[:, 0], points[:, 1], flow.MARGIN
    return (x >= left + rim) & (x < right - rim) & (y >= top + rim) & (y < bottom - rim)


def _middle(luma: Bytes) -> NDArray[np.float32]:
    return np.array([(luma.shape[1] - 1) / 2, (luma.shape[0] - 1) / 2], np.float32)


def _count(mask: flow.Mask) -> int:
    return int(np.count_nonzero(mask))
