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
    rows = np.flatnonzero(cutout.mask.any(axis=1))
    columns = np.flatnonzero(cutout.mask.any(axis=0))
    shown = cutout.on_neutral(GREY) if len(rows) else cutout.picture
    if len(rows):
        shown = shown[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = shown.shape[:2]
    side = max(height, width) + 2 * round(MARGIN * max(height, width))
    square = np.full((side, side, 3), GREY, np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = shown
    return square
