"""Where each frame of a shot lies on the ground that the camera looks over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from animstudio.media import flow
from animstudio.media.views import Bytes
from animstudio.media.warp import Move

CELL: Final = 0.06
"""A grid cell's side as a share of the longest side: at most one corner a cell."""
CORNER: Final = 3e-4
"""Weaker corners are the codec's noise."""
REACH: Final = 1.0
"""Pixels within which a point agrees with a motion."""
LEVELS: Final = 4
"""Halvings at which points are looked for: frames lie a sixth of a second apart."""
FEWEST: Final = 8
AGREE: Final = 0.3
"""Fewer points, or a smaller share, are no answer."""


def places_of(lumas: Sequence[Bytes]) -> list[Move | None]:
    """Return the move from each frame onto the first one; None where the chain broke before it.

    Ground that the camera sees is taken to be what most corners, the outer ones first, agree on.
    """
    places: list[Move | None] = [Move()] if lumas else []
    for before, after in zip(lumas, lumas[1:], strict=False):
        last = places[-1]
        step = step_between(before, after) if last else None
        places.append(last @ step.inverse() if last and step else None)
    return places


def step_between(before: Bytes, after: Bytes) -> Move | None:
    """Return the move of the ground from a frame (luma) to another, or None if none is seen."""
    height, width = before.shape
    cell = max(8, round(CELL * max(height, width)))
    points = flow.corners(before, flow.textured(before), cell, CORNER)
    if len(points) < FEWEST:
        return _still(before, after)
    guess = points + np.array(flow.jump(before, after), np.float32)
    best: tuple[int, Move] | None = None
    for start in (points, guess):
        there, found = flow.follow(before, after, points, start, levels=LEVELS)
        if np.count_nonzero(found) < FEWEST:
            continue
        fit = _ground(points[found], there[found], (width, height))
        if fit and (best is None or fit[0] > best[0]):
            best = fit
        if best and best[0] >= 0.7 * len(points):
            break
    return best[1] if best else _still(before, after)


def _ground(
    before: flow.Points, after: flow.Points, size: tuple[int, int]
) -> tuple[int, Move] | None:
    """Return how many points follow the ground, and how it moves.

    Of two rival motions it is the one that holds the border: subjects are staged in the middle.
    """
    fit = flow.similarity(before, after, REACH)
    if fit is None:
        return None
    chosen = fit.agrees
    others = np.flatnonzero(~chosen)
    if len(others) >= FEWEST:
        rival = flow.similarity(before[others], after[others], REACH)
        if rival is not None and np.count_nonzero(rival.agrees) >= AGREE * len(before):
            second = np.zeros(len(before), np.bool_)
            second[others[rival.agrees]] = True
            outer = 1 + 3 * np.abs(before / size - 0.5).max(axis=1)
            if outer[second].sum() > outer[chosen].sum():
                fit, chosen = rival, second
    count = int(np.count_nonzero(chosen))
    if count < max(FEWEST, AGREE * len(before)):
        return None
    return count, Move(fit.turn, fit.shift)


def _still(before: Bytes, after: Bytes) -> Move | None:
    """Return rest for pictures too flat to tell motion from, unless they differ altogether."""
    return Move() if flow.difference(before, after) < 12 else None
