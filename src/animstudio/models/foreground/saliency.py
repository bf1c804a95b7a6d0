"""What stands out from the border of a picture."""

from __future__ import annotations

from typing import Final

import numpy as np

from animstudio.media.cutout import lab_picture
from animstudio.media.imaging import Plane, blurred, resized
from animstudio.media.views import Bytes
from animstudio.media.warp import shrunk

SIDE: Final = 112
"""Longest side at which barriers are measured, pixels: the scans are plain Python."""
PASSES: Final = 3
"""Scans, forth and back in turn; the paper's number."""


def standing_out(picture: Bytes) -> Plane:
    """Return how far each pixel of a BGR picture (h, w, 3) is from its border, as (h, w).

    The distance of a way is the range of the values on it, in Lab units, summed over the three
    channels: what runs into the border is near to it, however far its colours change.

    Zhang, Sclaroff, Lin, Shen, Price and Mech, "Minimum Barrier Salient Object Detection at
    80 FPS", ICCV 2015.
    """
    lab = blurred(lab_picture(shrunk(picture, SIDE)), 1.0)
    found = np.zeros(lab.shape[:2], np.float32)
    for channel in range(3):
        found += _barriers(lab[:, :, channel])
    return resized(found, (picture.shape[0], picture.shape[1]))


def _barriers(plane: Plane) -> Plane:
    """Return the least range of values on a way to the border, of each pixel."""
    height, width = plane.shape
    least = np.full((height, width), np.inf)
    least[[0, -1]] = least[:, [0, -1]] = 0
    rows, ways = plane.tolist(), least.tolist()
    high, low = plane.tolist(), plane.tolist()
    for scan in range(PASSES):
        step = 1 if scan % 2 == 0 else -1
        columns = range(1, width - 1)[::step]
        for y in range(1, height - 1)[::step]:
            line, before = (ways[y], high[y], low[y]), (high[y - step], low[y - step])
            _scan_line(rows[y], *line, *before, columns, step)
    return np.asarray(ways, np.float32)


def _scan_line(
    values: list[float],
    least: list[float],
    high: list[float],
    low: list[float],
    high_before: list[float],
    low_before: list[float],
    columns: range,
    step: int,
) -> None:
    """Shorten a line's ways by those over the line before it, and over the pixel before.

    `high` and `low` are the ends of the range of the best way so far. Plain lists and names: an
    array of numpy costs ten times as much a pixel.
    """
    for x in columns:
        value = values[x]
        top, bottom = high_before[x], low_before[x]
        top, bottom = value if value > top else top, value if value < bottom else bottom
        if top - bottom < least[x]:
            least[x], high[x], low[x] = top - bottom, top, bottom
        top, bottom = high[x - step], low[x - step]
        top, bottom = value if value > top else top, value if value < bottom else bottom
        if top - bottom < least[x]:
            least[x], high[x], low[x] = top - bottom, top, bottom
