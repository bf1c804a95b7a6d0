"""Figures that stand still on calm ground: found by what stands out, and kept only if sure.

Where nothing moves by itself there is no ground to compare with. Three frames are looked at; a
figure is one that all three show at the same place of the ground.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

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
from animstudio.media.imaging import Patch, Plane, patches, tidied
from animstudio.media.views import Bytes
from animstudio.media.warp import Move
from animstudio.models.foreground.calm import sureness
from animstudio.models.foreground.linking import FEWEST, carried, shared
from animstudio.models.foreground.saliency import standing_out
from animstudio.models.foreground.things import HOLE, ROUNDS, Thing, rim_of, tones_of

LOOKS: Final = (0.5, 0.1, 0.9)
"""Where in a window it is looked, the middle first: what is not there is looked for no more."""
LEVELS: Final = (0.25, 0.5)
"""Shares of the greatest distance from the border at which patches are taken."""
LEAST: Final = 14.0
"""Distance from the border, in Lab units of three channels, below which nothing stands out."""
SMALLEST: Final = 0.02
LARGEST: Final = 0.35
"""Shares of the frame that a figure may take."""
MOST: Final = 2
"""Patches that are looked at closely at a level."""
WHOLE: Final = 0.85
"""Share of a cut-out that its largest piece has: else it is several things."""
AGAIN: Final = 0.6
"""Share of both masks' union in which a figure is at the same place in two frames."""


def still_figures(frames: Sequence[Bytes], places: Sequence[Move]) -> list[list[Thing]]:
    """Return each frame's still figures, of frames (h, w, 3) that lie at `places`."""
    none: list[list[Thing]] = [[] for _ in frames]
    if len(frames) < FEWEST:
        return none
    looked = [round(share * (len(frames) - 1)) for share in LOOKS]
    base = looked[0]
    found = [[figure] for figure in figures_in(frames[base])]
    for number in looked[1:]:
        if not found:
            return none
        way = places[base].inverse() @ places[number]
        near = carried(_all([group[0] for group in found]), way.inverse())
        there = [
            replace(figure, mask=carried(figure.mask, way))
            for figure in figures_in(frames[number], near)
        ]
        found = [[*group, again] for group in found if (again := _same(group[0], there))]
    figures = [_agreed(group) for group in found]
    return [
        [
            replace(figure, mask=mask, rim=rim_of(mask))
            for figure in figures
            if _sound(mask := carried(figure.mask, place.inverse() @ places[base]))
        ]
        for place in places
    ]


def figures_in(picture: Bytes, near: Mask | None = None) -> list[Thing]:
    """Return what surely is a figure in a picture (h, w, 3), the surest first.

    With `near` (h, w) only what touches that is looked at.
    """
    out = standing_out(picture)
    peak = float(out.max())
    if peak < LEAST:
        return []
    found: list[Thing] = []
    for level in LEVELS:
        salient = tidied(out > max(LEAST, level * peak), open_by=7, close_by=3)
        every = patches(salient)
        likely = [
            one
            for one in every
            if _sound(one.pixels)
            and (near is None or (near & one.pixels).any())
            and not _in_a_row(one, every)
        ]
        likely.sort(key=lambda one: -float(out[one.pixels].sum()))
        for patch in likely[:MOST]:
            mask = _cut(picture, out, patch.pixels, level * peak)
            score = sureness(picture, mask) if _sound(mask) else 0.0
            if score > 0:
                found.append(Thing(mask, score, 0.0, 0.0, tones_of(picture[mask]), still=True))
    # Of the equally sure the largest: a head on a body has an outline, too.
    found.sort(key=lambda thing: (-round(thing.score, 2), -int(np.count_nonzero(thing.mask))))
    apart: list[Thing] = []
    for thing in found:
        if not any((thing.mask & other.mask).any() for other in apart):
            apart.append(thing)
    return apart


def _sound(mask: Mask) -> bool:
    """Say whether a mask is of a figure's size, and off the frame's border."""
    size = int(np.count_nonzero(mask))
    edge = max(2, mask.shape[1] // 100)
    inside = np.count_nonzero(mask[edge:-edge, edge:-edge])
    return SMALLEST * mask.size <= size <= LARGEST * mask.size and inside == size


def _in_a_row(patch: Patch, every: Sequence[Patch]) -> bool:
    """Say whether two more patches as high as this one stand beside it: then it is writing."""
    middle = patch.y + patch.height / 2
    beside = [
        other
        for other in every
        if other.y < middle < other.y + other.height
        and 0.5 <= other.height / patch.height <= 2
        and other is not patch
    ]
    return len(beside) >= 2


def _cut(picture: Bytes, out: Plane, patch: Mask, level: float) -> Mask:
    """Return the patch cut out along its colours; nothing if it falls into pieces."""
    height, width = patch.shape
    margin = width // 24
    near = grown(patch, margin)
    guess = np.full(patch.shape, GROUND, np.uint8)
    guess[near] = MAYBE_GROUND
    guess[patch] = MAYBE_THING
    guess[grown(patch, -(width // 64)) & (out > 1.2 * level)] = THING
    rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    window = np.s_[
        max(0, rows[0] - margin) : min(height, rows[-1] + 1 + margin),
        max(0, columns[0] - margin) : min(width, columns[-1] + 1 + margin),
    ]
    mask = np.zeros((height, width), np.bool_)
    mask[window] = cut_out(
        np.ascontiguousarray(picture[window]), np.ascontiguousarray(guess[window]), rounds=ROUNDS
    )
    pieces = [one.pixels for one in patches(tidied(mask, open_by=3, close_by=3))]
    largest = max(pieces, key=np.count_nonzero, default=np.zeros_like(mask))
    if np.count_nonzero(largest) < WHOLE * np.count_nonzero(mask):
        return np.zeros_like(mask)
    return filled(largest, round(HOLE * np.count_nonzero(largest)))


def _all(figures: Sequence[Thing]) -> Mask:
    """Return all masks of figures as one."""
    return np.asarray(np.any([figure.mask for figure in figures], axis=0))


def _same(figure: Thing, others: Sequence[Thing]) -> Thing | None:
    """Return which of others is at the place of a figure, if one is."""
    rated = [(shared(figure.mask, other.mask), other) for other in others]
    best = max(rated, key=lambda one: one[0], default=None)
    return best[1] if best and best[0] >= AGAIN else None


def _agreed(group: Sequence[Thing]) -> Thing:
    """Return a figure with what most of its looks have."""
    votes = np.sum([thing.mask for thing in group], axis=0)
    score = min(thing.score for thing in group)
    return replace(group[0], mask=np.asarray(2 * votes > len(group)), score=score)
