"""How much each pixel of a frame differs from the ground behind it, and moves by itself."""

from __future__ import annotations

from typing import Final

import numpy as np

from animstudio.media.cutout import lab_picture
from animstudio.media.imaging import Plane, blurred, box_mean
from animstudio.media.views import Bytes
from animstudio.media.warp import Move, moved

STEEP: Final = 1.1
"""How far, in pixels, two pictures may be laid amiss: there they differ by their slope."""
NOISE: Final = 4.0
"""Lab distance that coding and light make."""


def difference(one: Bytes, other: Bytes, known: Bytes | None = None) -> Plane:
    """Return how much two pictures (h, w, 3) differ, in Lab units, beyond what laying amiss does.

    0 where `known` (h, w) is 0.
    """
    first, second = lab_picture(one), lab_picture(other)
    first, second = blurred(first, 1.0), blurred(second, 1.0)
    apart = np.sqrt(np.square(first - second).sum(axis=2, dtype=np.float32))
    slope = np.maximum(_slope(first), _slope(second))
    own = np.maximum(apart - STEEP * slope - NOISE, 0)
    if known is not None:
        own[known == 0] = 0
    return box_mean(own, 3)


def _slope(lab: Plane) -> Plane:
    """Return the steepest slope around each pixel, in Lab units a pixel."""
    down, right = np.gradient(lab, axis=(0, 1))
    steep = np.sqrt((np.square(down) + np.square(right)).sum(axis=2, dtype=np.float32))
    return box_mean(np.asarray(steep, np.float32), 3)


def own_motion(frames: list[Bytes], places: list[Move], number: int) -> Plane:
    """Return what moves by itself at a frame: what differs from the frame before and after.

    Both must differ: otherwise what was uncovered would count as well. At an end of the shot
    two frames on one side stand for both sides.
    """
    height, width = frames[number].shape[:2]
    found: Plane | None = None
    others = [n for n in (number - 1, number + 1) if 0 <= n < len(frames)]
    if len(others) == 1:
        further = 2 * others[0] - number
        others += [further] if 0 <= further < len(frames) else []
    for other in others:
        way = places[number].inverse() @ places[other]
        there = moved(np.ones((height, width), np.uint8), way, (width, height))
        apart = difference(frames[number], moved(frames[other], way, (width, height)), there)
        found = apart if found is None else np.minimum(found, apart)
    return found if found is not None else np.zeros((height, width), np.float32)
