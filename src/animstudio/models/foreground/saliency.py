"""What stands out in one picture: how far each pixel is from the frame's border, in colours.

J. Zhang, S. Sclaroff, Z. Lin, X. Shen, B. Price and R. Mech, "Minimum Barrier Salient Object
Detection at 80 FPS", ICCV 2015: the barrier of a way is the difference of the largest and the
smallest value on it, and ground is what some way with a low barrier joins to the border.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from animstudio.media.cutout import lab_picture
from animstudio.media.imaging import Plane, blurred, resized
from animstudio.media.views import Bytes
from animstudio.media.warp import shrunk

SIDE: Final = 112
"""Longest side at which it is looked for, pixels: the scans are plain Python."""
PASSES: Final = 3
"""Raster scans, there and back in turn; more change little (the paper's number)."""


def saliency(picture: Bytes) -> Plane:
    """Return how much each pixel of a picture (h, w, 3) stands out, in Lab units."""
    small = blurred(lab_picture(shrunk(picture, SIDE)), 1.0)
    barriers = np.stack([barrier(small[:, :, channel]) for channel in range(3)])
    height, width = picture.shape[:2]
    return resized(barriers.sum(axis=0).astype(np.float32), (height, width))


def barrier(plane: Plane) -> Plane:
    """Return the lowest barrier of a way from each pixel of a plane (h, w) to its border."""
    values = plane.tolist()
    height = len(values)
    start = np.full(plane.shape, np.inf)
    start[[0, -1]] = start[:, [0, -1]] = 0
    lowest, high, low = start.tolist(), plane.tolist(), plane.tolist()
    for number in range(PASSES):
        back = number % 2 == 1
        step = 1 if back else -1
        rows = range(height - 2, 0, -1) if back else range(1, height - 1)
        for y in rows:
            _scan(values[y], lowest[y], (high[y], low[y]), (high[y + step], low[y + step]), step)
    return np.asarray(lowest, np.float32)


def _scan(
    values: list[float],
    lowest: list[float],
    own: tuple[list[float], list[float]],
    next_row: tuple[list[float], list[float]],
    step: int,
) -> None:
    """Improve a row by ways over its neighbours in the next row and beside each pixel."""
    width = len(values)
    high, low = own
    for x in range(width - 2, 0, -1) if step > 0 else range(1, width - 1):
        value = values[x]
        for upper, lower in (
            (next_row[0][x], next_row[1][x]),
            (high[x + step], low[x + step]),
        ):
            upper, lower = max(upper, value), min(lower, value)
            if upper - lower < lowest[x]:
                lowest[x], high[x], low[x] = upper - lower, upper, lower
