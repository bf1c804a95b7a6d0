"""Leading lines: the directions that long straight edges give the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from animstudio.media.imaging import straight_lines
from animstudio.media.views import Bytes

SHORTEST = 0.12
"""A segment shorter than this share of the diagonal is texture, not a line."""
MARGIN = 0.02
"""Lines along the very border (left-over bars) do not lead; share of the shorter side."""
TOGETHER = 5.0
"""Degrees within which segments make one direction."""
FAINT = 0.25
"""A direction with less than this share of the strongest one's weight is left out."""


@dataclass(frozen=True, slots=True)
class LeadingLine:
    """One direction and its longest segment.

    angle:   degrees from 0 up to 180; 0 is level, 45 rises to the right, 90 is upright.
    weight:  its share of all line weight, 0-1 (long lines weigh by the square of their length).
    x1, y1, x2, y2: the longest segment's ends, as shares of the picture.
    """

    angle: float
    weight: float
    x1: float
    y1: float
    x2: float
    y2: float

    def as_record(self) -> dict[str, float]:
        """Return plain JSON."""
        return {name: round(getattr(self, name), 4) for name in self.__slots__}


def leading_lines(luma: Bytes, *, most: int = 3) -> tuple[LeadingLine, ...]:
    """Return up to `most` directions of luma (h, w), the strongest first."""
    height, width = luma.shape
    if min(height, width) < 16:
        return ()
    ends = _long(straight_lines(luma), height, width)
    run, rise = ends[:, 2] - ends[:, 0], ends[:, 1] - ends[:, 3]
    angles = np.degrees(np.arctan2(rise, run)) % 180
    weights = run**2 + rise**2
    total = float(weights.sum())
    found: list[LeadingLine] = []
    while len(weights) and len(found) < most:
        gap = _gap(angles[:, None], angles[None, :])
        best = int(((gap <= TOGETHER) @ weights).argmax())
        near = gap[best] <= TOGETHER
        share = float(weights[near].sum()) / total
        if found and share < FAINT * found[0].weight:
            break
        longest = ends[near][weights[near].argmax()] / (width, height, width, height)
        angle = _mean_angle(angles[near], weights[near])
        found.append(LeadingLine(angle, share, *(float(np.clip(v, 0, 1)) for v in longest)))
        ends, angles, weights = ends[~near], angles[~near], weights[~near]
    return tuple(found)


def _long(ends: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    """Keep the segments that are long and do not run along the border."""
    length = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    margin = max(2.0, MARGIN * min(height, width))
    x, y = ends[:, 0::2], ends[:, 1::2]
    along = np.zeros(len(ends), bool)
    for place, side in ((x, width), (y, height)):
        along |= (place < margin).all(axis=1) | (place > side - margin).all(axis=1)
    kept = (length >= SHORTEST * np.hypot(height, width)) & ~along
    return np.asarray(ends[kept])


def _gap(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the angle between two undirected lines, 0 to 90 degrees."""
    apart = abs(one - other) % 180
    return np.asarray(np.minimum(apart, 180 - apart))


def _mean_angle(angles: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Return the mean of undirected angles: doubled, so that 1 and 179 are neighbours."""
    turn = np.exp(2j * np.radians(angles)) @ weights
    return float(np.degrees(np.angle(turn)) / 2 % 180) % 180
