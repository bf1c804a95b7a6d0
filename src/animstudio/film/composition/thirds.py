"""The rule of thirds: how much of what catches the eye lies on third lines and power points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from animstudio.media.imaging import Plane

LINE = 0.025
"""Half the width of a third line, as a share of the side it divides."""
POINT = 0.07
"""Spread (one sigma) of a power point, as a share of each side."""
POWER_POINTS = tuple((x, y) for y in (1 / 3, 2 / 3) for x in (1 / 3, 2 / 3))
"""Where third lines cross, x and y as shares of the picture."""


def on_lines(energy: Plane) -> float:
    """Return how much edge energy (h, w) lies on the four third lines, 0 to 1.

    The squared energy of a pixel on the lines, over that and the same of an average pixel:
    0.5 is what evenly spread detail gives, 0 a picture with nothing on them or nothing at all.
    """
    rows, columns = (_on_third(side, LINE) for side in energy.shape)
    return _above_even(energy, np.maximum(rows[:, None], columns[None, :]))


def on_points(weight: Plane) -> float:
    """Return how much visual weight (h, w) lies on the power points, 0 to 1, 0.5 if even."""
    height, width = weight.shape
    y = (np.arange(height) + 0.5) / height
    x = (np.arange(width) + 0.5) / width
    near = np.zeros(weight.shape)
    for at_x, at_y in POWER_POINTS:
        bell_y = np.exp(-(((y - at_y) / POINT) ** 2) / 2)
        bell_x = np.exp(-(((x - at_x) / POINT) ** 2) / 2)
        near = np.maximum(near, bell_y[:, None] * bell_x[None, :])
    return _above_even(weight, near)


def nearness(x: float, y: float) -> float:
    """Return how near a place (shares) is to a power point: 1 on it, 0 from 0.35 away."""
    away = min(((x - px) ** 2 + (y - py) ** 2) ** 0.5 for px, py in POWER_POINTS)
    return max(0.0, 1.0 - float(away) / 0.35)


def _on_third(side: int, reach: float) -> NDArray[np.float64]:
    """Return (side,) 1 where a pixel is within `reach` of a third, softly 0 outside."""
    place = (np.arange(side) + 0.5) / side
    away = np.minimum(abs(place - 1 / 3), abs(place - 2 / 3))
    return np.asarray(np.clip(1.5 - away / (2 * reach), 0, 1))


def _above_even(weight: Plane, where: NDArray[np.float64]) -> float:
    average, reach = float(weight.mean(dtype=np.float64)), float(where.sum())
    if average <= 0 or reach <= 0:
        return 0.0
    there = float((weight * where).sum()) / reach
    return float(there**2 / (there**2 + average**2))
