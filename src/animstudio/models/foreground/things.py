"""What stands before the ground of a frame, cut out along its colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from animstudio.media.cutout import (
    GROUND,
    MAYBE_GROUND,
    MAYBE_THING,
    THING,
    Mask,
    cut_out,
    filled,
    grown,
)
from animstudio.media.imaging import Plane, patches, tidied
from animstudio.media.views import Bytes
from animstudio.models.foreground.regions import MOVES

SURE: Final = 9.0
"""Lab difference from the ground that only a thing makes."""
LIKELY: Final = 3.5
ROUNDS: Final = 2
"""Of GrabCut; more change little."""
HOLE: Final = 0.01
"""Holes up to this share of a thing are filled: eyes and highlights that look like the ground."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing in a small frame.

    score: how sure it is, 0-1.     moves: share of it that moves by itself just now.
    rim:   share of its outline that lies on the frame's edge.
    tones: (512,) its colours, a vector of length 1.
    still: found standing on its ground, not by motion.
    """

    mask: Mask
    score: float
    moves: float
    rim: float
    tones: NDArray[np.float32]
    still: bool = False


def things_of(
    picture: Bytes,
    apart: Plane,
    known: Bytes,
    motion: Plane,
    regions: Sequence[Mask],
    before: Mask,
    smallest: int,
) -> list[Thing]:
    """Return the things in the regions where something moves, of `smallest` pixels or more.

    `apart` is the frame's difference from the ground, `known` where the ground is known for
    sure, `motion` what moves by itself, `before` where things were a frame ago,
    or move about now.
    """
    found = []
    for region in regions:
        mask = _refined(picture, apart, known, motion, region, before)
        for patch in patches(tidied(mask, open_by=3, close_by=3)):
            area = int(np.count_nonzero(patch.pixels))
            if area < smallest:
                continue
            whole = filled(patch.pixels, round(HOLE * area))
            if np.count_nonzero(whole & region) < 0.5 * area:
                continue  # it leaked into the ground
            score, moves = _score(whole, apart, known), float((motion[whole] > MOVES).mean())
            found.append(Thing(whole, score, moves, rim_of(whole), tones_of(picture[whole])))
    return found


def rim_of(mask: Mask) -> float:
    """Return the share of a mask's outline that lies on the frame's edge."""
    edge = np.zeros(mask.shape, np.bool_)
    edge[[0, -1]] = edge[:, [0, -1]] = True
    outline = mask & ~grown(mask, -1) | (mask & edge)
    on_edge, whole = int(np.count_nonzero(outline & edge)), int(np.count_nonzero(outline))
    return on_edge / max(1, whole)


def tones_of(colours: Bytes) -> NDArray[np.float32]:
    """Return how often each of 8 x 8 x 8 colours (n, 3) occurs, as a vector of length 1."""
    steps = (colours >> 5).astype(np.intp)
    count = np.bincount(steps @ np.array([64, 8, 1]), minlength=512).astype(np.float32)
    return np.asarray(np.sqrt(count / max(1.0, float(count.sum()))), np.float32)


def _refined(
    picture: Bytes, apart: Plane, known: Bytes, motion: Plane, region: Mask, before: Mask
) -> Mask:
    """Cut a region's thing out along its colours, looking only at the region's surroundings."""
    height, width = region.shape
    margin = max(4, width // 24)
    reach = grown(region, margin)
    rows, columns = np.flatnonzero(reach.any(axis=1)), np.flatnonzero(reach.any(axis=0))
    window = np.s_[
        max(0, rows[0] - margin) : min(height, rows[-1] + 1 + margin),
        max(0, columns[0] - margin) : min(width, columns[-1] + 1 + margin),
    ]
    seen = known[window] > 0
    guess = _guess(
        apart[window], seen, motion[window], region[window], reach[window], before[window]
    )
    mask = np.zeros((height, width), np.bool_)
    mask[window] = cut_out(np.ascontiguousarray(picture[window]), guess, rounds=ROUNDS)
    return mask


def _guess(
    apart: Plane, seen: Mask, motion: Plane, inside: Mask, near: Mask, before: Mask
) -> Bytes:
    """Return what GrabCut begins with.

    Where the ground is known, what differs from it is a thing. Elsewhere the ground is only
    what was usual there, which may be the thing at rest: what differs from that may be a thing,
    and so may what was one a frame ago, or lies between parts that move.
    """
    guess = np.full(inside.shape, GROUND, np.uint8)
    guess[near] = MAYBE_GROUND
    guess[near & (apart > LIKELY)] = MAYBE_THING
    sure = near & (apart > SURE) & (seen | (motion > MOVES))
    guess[inside & ~seen & before] = MAYBE_THING
    guess[grown(sure, -1)] = THING
    guess[seen & (apart <= 0) & ~inside] = GROUND
    return guess


def _score(mask: Mask, apart: Plane, known: Bytes) -> float:
    """Return how much of a mask differs clearly from the ground, where that is known."""
    told = mask & (known > 0)
    if np.count_nonzero(told) < 0.2 * np.count_nonzero(mask):
        return 0.5
    return float(np.clip(apart[told] / SURE, 0, 1).mean())
