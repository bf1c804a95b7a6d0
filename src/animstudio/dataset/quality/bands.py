"""A picture in bands of rows: what is reckoned of one stays in a processor's cache."""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)

BAND: Final = 64
"""Rows of a band; whole blocks of noise fit in."""
TALL: Final = 512
"""Rows from which every other band is left out: half of them tell the same as all."""


def bands_of(luma: NDArray[T]) -> list[NDArray[T]]:
    """Return a plane (h, w) in bands, without copies. What is left at the end is left out."""
    apart = BAND if luma.shape[0] < TALL else 2 * BAND
    starts = range(0, max(1, luma.shape[0] - BAND // 2), apart)
    return [luma[start : start + BAND] for start in starts]
