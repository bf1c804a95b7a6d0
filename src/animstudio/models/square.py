"""A thing on neutral grey, in the middle of a square: how networks are shown it."""

from __future__ import annotations

from typing import Final

import numpy as np

from animstudio.media.views import Bytes
from animstudio.models.seams import Cutout

MARGIN: Final = 0.05
"""Of the square's side, on every side."""
GREY: Final = 127


def in_square(cutout: Cutout) -> Bytes:
    """Return a square BGR picture of the thing; of all of the picture where its mask is empty."""
    shown = cutout.on_neutral(GREY) if cutout.mask.any() else cutout.picture
    return _placed(shown, cutout, GREY)


def mask_in_square(cutout: Cutout) -> Bytes:
    """Return where `in_square` shows the thing, (side, side): 255, and 0 elsewhere."""
    mask = cutout.mask if cutout.mask.any() else np.ones_like(cutout.mask)
    return _placed(mask.astype(np.uint8) * 255, cutout, 0)


def _placed(plane: Bytes, cutout: Cutout, outside: int) -> Bytes:
    """Return the part of a plane (h, w, ...) that the thing fills, in a square with a margin."""
    rows = np.flatnonzero(cutout.mask.any(axis=1))
    columns = np.flatnonzero(cutout.mask.any(axis=0))
    if len(rows):
        plane = plane[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = plane.shape[:2]
    side = max(height, width) + 2 * round(MARGIN * max(height, width))
    square = np.full((side, side, *plane.shape[2:]), outside, np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = plane
    return square
