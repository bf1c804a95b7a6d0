"""Black (or other flat) bars at a picture's borders."""

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


def bars_of(luma: Bytes) -> tuple[int, int, int, int]:
    """Return the black bars of luma (h, w): top, bottom, left, right, in pixels.

    A picture of which less than `LEFT` would remain is dark, and has none.
    """
    top, bottom = _ends(_black(luma, axis=1))
    left, right = _ends(_black(luma[top : luma.shape[0] - bottom], axis=0))
    remains = (1 - (top + bottom) / luma.shape[0]) * (1 - (left + right) / luma.shape[1])
    return (top, bottom, left, right) if remains >= LEFT else (0, 0, 0, 0)


def bar_share(luma: Bytes) -> float:
    """Return the share of the picture's area that bars cover on opposite sides."""
    top, bottom, left, right = bars_of(luma)
    height, width = luma.shape
    tall = (top + bottom) / height if min(top, bottom) > 0 else 0.0
    wide = (left + right) / width if min(left, right) > 0 else 0.0
    return max(tall, wide)


def _black(luma: Bytes, axis: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    thin = luma[:, ::4] if axis == 1 else luma[::4]
    flat = (thin.std(axis=axis) <= FLAT) & (thin.mean(axis=axis) <= DARK)
    return np.asarray(flat)


def _ends(black: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[int, int]:
    if black.all():
        return 0, 0
    return int(np.argmin(black)), int(np.argmin(black[::-1]))
