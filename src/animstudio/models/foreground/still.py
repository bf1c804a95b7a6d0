"""Figures that stand still before calm ground: what stands out, if it surely is one thing.

    figures_of      what stands out in one picture, cut out along its colours
    stands_clear    is it whole, off the frame's edge, and is the ground around it calm?
    still_figures   what is found so, at the same place of the ground, in three frames of a shot

Hills, bushes and burrows stand out as well, but run on into their surroundings: rather nothing is
found than one of those.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    hull,
    lab_picture,
)
from animstudio.media.imaging import Plane, blurred, box_mean, patches, tidied
from animstudio.media.views import Bytes
from animstudio.media.warp import Move
from animstudio.models.foreground.linking import FEWEST, carried, shared
from animstudio.models.foreground.saliency import standing_out
from animstudio.models.foreground.things import HOLE, ROUNDS, Thing, rim_of, tones_of

LEAST: Final = 15.0
"""Lab units by which something in the picture stands out at least."""
SHARES: Final = (0.15, 0.4, 0.7)
"""Of what stands out most: less than the first is ground, more than the others maybe, and surely, a
thing."""
AREA: Final = (0.02, 0.35)
"""Share of the picture that a figure covers: less is a stone, more is a hill."""
WHOLE: Final = 0.5
"""Share of its hull that a figure fills: arms and legs leave room, branches leave more."""
COLOURS: Final = 6.0
"""Deviation of a figure's own colours, Lab units: what has one is a letter, a stone or the moon."""
ACROSS: Final = 3
"""Pixels to either side of an outline whose colours are compared."""
STEP: Final = 8.0
"""Lab units across an outline from which it is one."""
CLEAR: Final = 0.96
"""Share of an outline where it is."""
CALM: Final = 3.6
"""Variety of the ground around a figure, Lab units, at most."""
ALIKE: Final = 0.3
"""Likeness of a figure's colours and of all others in the picture, 0-1, at most."""
TOGETHER: Final = 3
"""More figures than these are letters, or leaves."""
SAME: Final = 0.6
"""Share of the union by which a figure must be at its place again."""
SCORE: Final = 0.5
"""How sure it is that it is a thing: nothing of it moved."""


def still_figures(frames: Sequence[Bytes], places: Sequence[Move]) -> list[list[Thing]]:
    """Return for each frame (h, w, 3), which lie at `places`, the figures that stand in it."""
    if len(frames) < FEWEST:
        return [[] for _ in frames]
    middle = len(frames) // 2
    found = figures_of(frames[middle])
    for number in {0, len(frames) - 1} - {middle}:
        if not found:
            break
        again = figures_of(frames[number])
        way = places[number].inverse() @ places[middle]
        found = [mask for mask in found if _stands(carried(mask, way), again)]
    return [
        [
            _thing(frame, there)
            for mask in found
            if (there := carried(mask, place.inverse() @ places[middle])).any()
        ]
        for frame, place in zip(frames, places, strict=True)
    ]


def figures_of(picture: Bytes) -> list[Mask]:
    """Return the figures that stand clear in a picture (h, w, 3); none where it is cluttered."""
    out = standing_out(picture)
    top = float(np.quantile(out, 0.99))
    if top < LEAST:
        return []
    ground, maybe, sure = (share * top for share in SHARES)
    guess = np.full(out.shape, MAYBE_GROUND, np.uint8)
    guess[out < ground] = GROUND
    guess[out > maybe] = MAYBE_THING
    guess[out > sure] = THING
    guess[[0, 1, -2, -1]] = guess[:, [0, 1, -2, -1]] = GROUND
    cut = tidied(cut_out(picture, guess, rounds=ROUNDS), open_by=5, close_by=3)
    lab = blurred(lab_picture(picture), 0.7)
    own = [filled(one.pixels, round(HOLE * np.count_nonzero(one.pixels))) for one in patches(cut)]
    clear = [mask for mask in own if stands_clear(mask, lab) and _stands_apart(mask, picture)]
    return clear if len(clear) <= TOGETHER else []


def stands_clear(mask: Mask, lab: Plane) -> bool:
    """Say whether a patch of a picture in Lab (h, w, 3) is one whole thing before calm ground."""
    area = np.count_nonzero(mask)
    if not AREA[0] <= area / mask.size <= AREA[1] or rim_of(grown(mask, 2)) > 0:
        return False
    if area < WHOLE * np.count_nonzero(hull(mask)):
        return False
    own = lab[grown(mask, -2)]
    if len(own) == 0 or float(np.sqrt(own.var(axis=0).sum())) < COLOURS:
        return False
    around = grown(mask, 3 * ACROSS) & ~grown(mask, ACROSS)
    if float(_variety(lab)[around].mean()) > CALM:
        return False
    inside, outside = mask & ~grown(mask, -ACROSS), grown(mask, ACROSS) & ~mask
    apart = np.square(_mean_of(lab, inside) - _mean_of(lab, outside)).sum(axis=2)
    outline = grown(mask, 1) & ~grown(mask, -1)
    return float((apart[outline] > STEP**2).mean()) >= CLEAR


def _stands_apart(mask: Mask, picture: Bytes) -> bool:
    """Say whether the colours of a patch are its own: a piece of the ground has the ground's."""
    others = picture[~grown(mask, ACROSS)]
    return float(tones_of(picture[mask]) @ tones_of(others)) <= ALIKE


def _variety(lab: Plane) -> Plane:
    """Return how much colours differ around each pixel: the deviation over squares of 5."""
    squares = box_mean(np.square(lab), 5) - np.square(box_mean(lab, 5))
    return np.asarray(np.sqrt(np.maximum(squares, 0).sum(axis=2)), np.float32)


def _mean_of(lab: Plane, mask: Mask) -> Plane:
    """Return the mean colour around each pixel of what a mask covers."""
    weight = mask.astype(np.float32)
    side = 2 * ACROSS + 3
    share = np.maximum(box_mean(weight, side), np.float32(1e-3))
    return np.asarray(box_mean(lab * weight[:, :, None], side) / share[:, :, None], np.float32)


def _stands(mask: Mask, others: Sequence[Mask]) -> bool:
    return any(shared(mask, other) >= SAME for other in others)


def _thing(frame: Bytes, mask: Mask) -> Thing:
    return Thing(mask, SCORE, 0.0, rim_of(mask), tones_of(frame[mask]), still=True)
