"""What a picture looks like at a glance: its luma small, 64 bits of it, a vector of its colours."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from animstudio.media.imaging import grey_of
from animstudio.media.resample import cosine_transform, resample
from animstudio.media.views import Bytes

SIDE: Final = 12
"""Cells of the colour vector across and down."""
DIMENSIONS: Final = SIDE * SIDE * 3


def thumbnail(small: Bytes) -> Bytes:
    """Return 32x32 cells of a BGR picture's luma."""
    return resample(grey_of(small), (32, 32))


def perceptual_hash(small: Bytes) -> int:
    """Return 64 bits of a BGR picture's coarse shapes.

    Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010: the
    lowest 8x8 of the cosine transform of 32x32 luma, each against their median.
    """
    low = cosine_transform(thumbnail(small).astype(np.float32))[:8, :8].ravel()
    bits = low > np.median(low[1:])
    return int.from_bytes(np.packbits(bits).tobytes())


def colour_layout(small: Bytes) -> NDArray[np.float32]:
    """Return a vector (DIMENSIONS,) of length 1: which colours are where, light taken out.

    Two tellings of one picture (another size, quality or brightness) have a cosine near 1. A
    picture of one colour is all zeros: it is like nothing.
    """
    cells = resample(small, (SIDE, SIDE)).astype(np.float32)
    vector = (cells - cells.mean(axis=(0, 1))).ravel()
    length = float(np.linalg.norm(vector))
    if length <= SIDE * SIDE * 0.5:
        return np.zeros(DIMENSIONS, np.float32)
    return np.asarray(vector / np.float32(length), np.float32)
