"""Fades through black or white, and from and to them at the film's ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from animstudio.film.likeness import Signatures, is_blank, spread_of_middle, unlike
from animstudio.film.shot import Transition

_DIM, _FLICKER = 24.0, 0.25  # such a spread, for so many seconds, does not end a blank
_LEG = 2.5  # seconds a picture may take to appear or vanish
_HOLD = 1.5  # seconds of black or white between two pictures; longer is a shot of its own
_STRAIGHT = 0.16  # error of the straight line, as a share of the picture's strength
_SAME = 0.2  # `unlike` below which the picture before and after is one


@dataclass(frozen=True, slots=True)
class _Blank:
    """Frames [start, end) of black or white."""

    start: int
    end: int


def find_fades(
    pictures: Signatures, rate: float, walls: Sequence[int], light: Sequence[int] = ()
) -> list[Transition]:
    """Return the fades of a film, rising. pictures: (n, 432) signatures; rate: frames a second.

    walls: cuts, which no fade's way up or down crosses. A run of blank frames is grown on both
    sides for as long as the picture's strength (its distance from the blank) falls or rises in
    a straight line. Blanks with the same picture on both sides are flashes, and none of ours;
    so are those that begin or end with a frame of `light`, where it only flashed.
    """
    n = len(pictures)
    found: list[Transition] = []
    for blank in _blanks(pictures, round(_FLICKER * rate)):
        start = _leg(pictures, blank, rate, walls, forward=False)
        start = max(start, found[-1].end) if found else start
        end = _leg(pictures, blank, rate, walls, forward=True)
        first, last = blank.start == 0, blank.end == n
        if first and last:
            continue
        if first or last:
            if first and end > blank.end:
                found.append(Transition("fade_in", 0, end))
            if last and start < blank.start:
                found.append(Transition("fade_out", start, n))
            continue
        if blank.end - blank.start > _HOLD * rate:
            if start < blank.start:
                found.append(Transition("fade", start, blank.start))
            if end > blank.end:
                found.append(Transition("fade", blank.end, end))
            continue
        if blank.start in light or blank.end in light:
            continue
        if start == 0 or end >= n or _same(pictures, start - 1, end):
            continue
        found.append(Transition("fade", start, end))
    return found


def reach() -> float:
    """Return how many seconds after its start may decide about a fade."""
    return 2 * _LEG + _HOLD


def _same(pictures: Signatures, one: int, other: int) -> bool:
    return bool(unlike(pictures[one : one + 1], pictures[other : other + 1])[0] < _SAME)


def _blanks(pictures: Signatures, side: int) -> list[_Blank]:
    spread = spread_of_middle(pictures)
    blank = is_blank(pictures)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], blank.astype(np.int8), [0]])))
    found: list[_Blank] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        # A dark picture that comes or goes may cross the limit twice: one blank, not two.
        if found and start - found[-1].end <= side and spread[found[-1].end : start].max() <= _DIM:
            found[-1] = _Blank(found[-1].start, end)
        else:
            found.append(_Blank(start, end))
    return found


def _leg(
    pictures: Signatures, blank: _Blank, rate: float, walls: Sequence[int], *, forward: bool
) -> int:
    """Return where the picture is whole: the leg's end (forward) or start; the blank's if none."""
    most = round(_LEG * rate)
    if forward:
        stop = min([len(pictures), blank.end + most, *(w for w in walls if w > blank.end)])
        frames = np.arange(blank.end, stop)
        flat = pictures[blank.end - 1]
    else:
        stop = max([0, blank.start - most, *(w for w in walls if w < blank.start)])
        frames = np.arange(blank.start - 1, stop - 1, -1)
        flat = pictures[blank.start]
    if len(frames) < 4:
        return blank.end if forward else blank.start
    strength = np.sqrt(np.square(pictures[frames] - flat).mean(1))
    length = _straight_rise(strength)
    return blank.end + length if forward else blank.start - length


def _straight_rise(strength: NDArray[np.float32]) -> int:
    """Return how many values rise in a straight line from 0 before they stay level; 0 if none.

    The length is the one with which "rise, then level" fits best; what comes more than half a
    rise after it is not asked, it may be anything.
    """
    best, fit = 0, np.inf
    for length in range(3, len(strength)):
        seen = strength[: length + max(3, length // 2)].astype(np.float64)
        model = np.minimum(np.arange(1, len(seen) + 1) / (length + 1), 1.0)
        top = float(model @ seen / (model @ model))
        error = float(np.sqrt(np.mean(np.square(seen - top * model)))) / max(top, 1e-6)
        if error < fit - 1e-9:
            best, fit = length, error
    steps = np.diff(strength[: best + 1], prepend=0.0)
    sudden = best == 0 or steps.max() > 0.5 * strength[: best + 1].max()
    return 0 if fit > _STRAIGHT or sudden else best
