"""Reading the camera off points: where an anchor picture's corners went, and how many agree.

What disagrees are subjects; where they hold most of the picture, the border tells the background.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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
REACH: Final = 0.8 / 320
"""Points agree with a similarity within this share of the picture's longest side."""
FEWEST: Final = 6
"""Fewer agreeing points are no answer."""
AGREE: Final = 0.3
"""A smaller share of agreeing points is no answer: a cut, a flash, water."""
CONTESTED: Final = 0.75
"""Below this share of agreeing points, a second motion is looked for among the others."""
SUBJECT: Final = 0.05
"""A smaller share of points that disagree are errors and no subject."""


@dataclass(slots=True)
class Anchor:
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
class Reading:
    """The camera's similarity since the anchor, and the points behind it."""

    since: Similarity
    points: flow.Points
    found: flow.Mask
    agrees: flow.Mask

    @property
    def support(self) -> float:
        """Share 0-1 of the points found that agree."""
        return count(self.agrees) / max(1, count(self.found))


def anchor_at(luma: Bytes) -> Anchor:
    """Return what is measured from this picture (h, w) on."""
    height, width = luma.shape
    within = flow.textured(luma)
    points = flow.corners(luma, within, max(8, round(CELL * max(height, width))), CORNER)
    reach = np.abs(points - _middle(luma)) / (width / 2, height / 2)
    # The background shows at the border, subjects are staged in the middle.
    weights = 1 + 2 * np.square(reach.max(axis=1, initial=0)).astype(np.float32)
    return Anchor(luma, within, points, weights)


def read(anchor: Anchor, luma: Bytes, guess: Similarity, *, levels: int) -> Reading | None:
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
    if count(agrees) < max(FEWEST, AGREE * count(found)):
        return None
    return Reading(since, points, found, agrees)


def _vote(
    before: flow.Points, after: flow.Points, weights: NDArray[np.float32], reach: float
) -> flow.Fit | None:
    """Return the motion of the background: of two rivals, the one that holds the border."""
    first = flow.similarity(before, after, reach)
    if first is None or count(first.agrees) >= CONTESTED * len(before):
        return first
    others = np.flatnonzero(~first.agrees)
    second = flow.similarity(before[others], after[others], reach)
    if second is None:
        return first
    agrees = np.zeros(len(before), np.bool_)
    agrees[others[second.agrees]] = True
    if count(agrees) < AGREE * len(before) or weights[agrees].sum() <= weights[first.agrees].sum():
        return first
    return flow.Fit(second.turn, second.shift, agrees)


def leftover(anchor: Anchor, reading: Reading, step: Similarity) -> float:
    """Return the median motion, in widths, of the points that do not follow the camera."""
    both = anchor.found & reading.found
    strays = both & ~reading.agrees
    if count(strays) < max(3, SUBJECT * count(both)):
        return 0.0
    width = anchor.luma.shape[1]
    middle = _middle(anchor.luma)
    expected = _moved(anchor.latest[strays] - middle, step, width) + middle
    own = np.square(reading.points[strays] - expected) @ np.ones(2, np.float32)
    return float(np.sqrt(np.sort(own)[len(own) // 2]) / width)


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


def count(mask: flow.Mask) -> int:
    """Return how many points a mask marks."""
    return int(np.count_nonzero(mask))
