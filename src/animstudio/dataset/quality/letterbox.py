"""Black bars at a picture's borders."""

from __future__ import annotations

from typing import Final

import numpy as np

from animstudio.media.views import Bytes

FLAT: Final = 2.0
"""Deviation of luma, in levels, up to which a row counts as a bar."""
DARK: Final = 20
"""Level up to which a bar counts as one: a flat bright sky does not."""
LEFT: Final = 0.4
"""Share of a picture that bars leave at least: the widest films on the tallest screens."""
STEP: Final = 8
"""Rows that are looked at together: most pictures have no bar, and are done with the first."""


def bars_of(luma: Bytes) -> tuple[int, int, int, int]:
    """Return the black bars of luma (h, w): top, bottom, left, right, in pixels.

    A picture of which less than `LEFT` would remain is dark, and has none.
    """
    height, width = luma.shape
    top, bottom = _black_rows(luma), _black_rows(luma[::-1])
    if top == height:
        return 0, 0, 0, 0
    inner = luma[top : height - bottom].T
    left, right = _black_rows(inner), _black_rows(inner[::-1])
    remains = (1 - (top + bottom) / height) * (1 - (left + right) / width)
    return (top, bottom, left, right) if remains >= LEFT else (0, 0, 0, 0)


def bar_share(luma: Bytes) -> float:
    """Return the share of the picture's area that bars cover on opposite sides."""
    top, bottom, left, right = bars_of(luma)
    height, width = luma.shape
    tall = (top + bottom) / height if min(top, bottom) > 0 else 0.0
    wide = (left + right) / width if min(left, right) > 0 else 0.0
    return max(tall, wide)


def _black_rows(luma: Bytes) -> int:
    """Return how many rows are black before the first that is not; every fourth pixel is asked."""
    for start in range(0, len(luma), STEP):
        rows = luma[start : start + STEP, ::4]
        black = (rows.std(axis=1) <= FLAT) & (rows.mean(axis=1) <= DARK)
        if not black.all():
            return start + int(np.argmin(black))
    return len(luma)
