"""Where things move in a shot, and which ground was never covered by them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from animstudio.media.cutout import Mask, filled, grown, hull
from animstudio.media.imaging import Plane, patches, tidied
from animstudio.media.warp import Move, moved

MOVES: Final = 2.5
"""Own motion, in Lab units above noise, from which a pixel moves."""
MEMORY: Final = 9
"""Frames before and after in which a thing that rests now may have moved."""
NEAR: Final = 0.03
"""Moving parts this near to each other, in widths, are of one thing."""
LEAST: Final = 0.0012
"""Share of the picture below which a patch of motion is a leaf."""


def moving_parts(motion: Sequence[Plane], places: Sequence[Move], number: int) -> Mask:
    """Return what moves at a frame, or moved or will move about then, as (h, w).

    `motion` holds every frame's `own_motion`, `places` where it lies on the ground.
    """
    height, width = motion[number].shape
    most = np.zeros((height, width), np.float32)
    back = places[number].inverse()
    for other in range(max(0, number - MEMORY), min(len(motion), number + MEMORY + 1)):
        there = moved(motion[other], back @ places[other], (width, height))
        most = np.maximum(most, there * np.float32(1 if other == number else 0.8))
    return most > MOVES


def covered(parts: Mask) -> list[Mask]:
    """Return what may hide the ground: a hull around each group of moving parts, largest first."""
    height, width = parts.shape
    near = max(2, round(NEAR * width))
    grouped = tidied(parts, open_by=1, close_by=2 * near + 1)
    found = []
    for patch in patches(grouped):
        own = parts & patch.pixels
        if np.count_nonzero(own) < LEAST * parts.size:
            continue
        around = hull(own)
        # A hull over two things that are far apart would be mostly ground: keep close to both.
        if np.count_nonzero(around) > 4 * np.count_nonzero(patch.pixels):
            around = filled(grown(patch.pixels, near), parts.size)
        found.append(grown(around, near // 2))
    return sorted(_joined(found), key=lambda one: -int(np.count_nonzero(one)))


def _joined(masks: list[Mask]) -> list[Mask]:
    """Return masks that share no pixel: those that do are made one."""
    apart: list[Mask] = []
    for mask in masks:
        touching = [other for other in apart if (other & mask).any()]
        apart = [other for other in apart if not (other & mask).any()]
        for other in touching:
            mask = mask | other
        apart.append(mask)
    return apart
