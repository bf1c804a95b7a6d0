"""Boxes as networks give them, and as we do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from animstudio.models.seams import Box, Found

SHARED: Final = 0.7
"""Of two boxes that share this much of their union only the surer stands."""


def boxes_of(shares: NDArray[np.float32], size: tuple[float, float]) -> list[Box]:
    """Return (n, 4) boxes, given as middle and size in shares of `size` (width, height)."""
    width, height = size
    found = []
    for x, y, w, h in shares.tolist():
        left, top = max(0.0, (x - w / 2) * width), max(0.0, (y - h / 2) * height)
        right, bottom = min(width, (x + w / 2) * width), min(height, (y + h / 2) * height)
        found.append((round(left), round(top), round(right - left), round(bottom - top)))
    return found


def bounds_of(mask: NDArray[np.bool_]) -> Box | None:
    """Return the box of a mask (h, w), None for an empty one."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    left, top = int(columns[0]), int(rows[0])
    return left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top


def surest(found: Sequence[Found]) -> list[Found]:
    """Return what was found, the surest first, without empty boxes and without any twice."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda f: (-f.score, f.box)):
        if (
            one.box[2] > 0
            and one.box[3] > 0
            and all(shared(one.box, other.box) < SHARED for other in kept)
        ):
            kept.append(one)
    return kept


def shared(one: Box, other: Box) -> float:
    """Return the shared part of two boxes' union, 0-1."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    both = max(0, width) * max(0, height)
    return both / max(1, one[2] * one[3] + other[2] * other[3] - both)
