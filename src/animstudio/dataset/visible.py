"""How close a picture is, and which part of its subject it shows: told together, or not at all.

    edges_of   at each side of the picture: is the subject whole there, cut off, or is it unsure?
    goes_on    does the picture show more of the subject there than its mask covers?
    visible    one pair of words for each case, so that none can deny the other

What counts is the picture that trainers get: a figure that is small in a film's frame fills the
crop around it. The frame tells only where the figure was cut off before.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from animstudio.dataset.crop import LEVEL, bounds_of
from animstudio.dataset.sources import Source
from animstudio.media.imaging import grey_of
from animstudio.media.views import Bytes

Mask = NDArray[np.bool_]
Side = Literal["left", "top", "right", "bottom"]
Edge = Literal["whole", "cut", "unsure"]

SIDES: Final[tuple[Side, ...]] = ("left", "top", "right", "bottom")
NEAR: Final = 0.01
"""Share of a side within which a mask may end just before the edge that cuts the figure."""
SMALL: Final = 0.35
"""Share of the picture below which a figure is far away."""
TALL: Final = 2.0
"""Times its width from which a figure without its lower end may lack no more than its feet."""
BROAD: Final = 0.8
"""Width by height from which what fills the frame is a head rather than a body."""
ALIKE: Final = 24
"""Levels by which two pixels of one thing, or two of a black bar, differ at most."""
DEEP: Final = 0.08
"""Share of the subject's length that counts as its end on a side."""
ACROSS: Final = 0.02
"""Share of the picture's longer side by which to look across the subject's outline."""
BLUNT: Final = 0.15
"""Share of the subject's breadth that its end has at least, to be looked across."""
SMOOTH: Final = 0.4
"""Share of that end across which nothing changes, where the thing goes on behind its mask."""


class Visible(NamedTuple):
    """What is said of a picture; empty where it is not known."""

    size: Literal["", "long shot", "full shot", "medium shot", "close-up"]
    view: Literal["", "whole figure", "upper body"]


NOTHING: Final = Visible("", "")


def visible(picture: Bytes, mask: Mask | None, source: Source) -> Visible:
    """Return how close a picture (h, w, 3) is and what of its subject (h, w) it shows.

    A whole figure is seen from afar or in full; a medium shot or a close-up is of a part.
    """
    if mask is None or (box := bounds_of(mask)) is None:
        return NOTHING
    edges = edges_of(picture, box, source)
    for side, edge in edges.items():
        if edge == "whole" and goes_on(picture, mask, side):
            edges[side] = "unsure"
    cut = {side for side, edge in edges.items() if edge == "cut"}
    if "unsure" in edges.values():
        return NOTHING
    share = max(box[2] / picture.shape[1], box[3] / picture.shape[0])
    if not cut:
        return Visible("full shot" if share >= SMALL else "long shot", "whole figure")
    if cut >= {"top", "bottom"} or cut >= {"left", "right", "bottom"}:
        return Visible("close-up" if box[2] >= BROAD * box[3] else "medium shot", "")
    if cut == {"bottom"} and share >= SMALL and box[3] < TALL * box[2]:
        return Visible("medium shot", "upper body")
    return NOTHING


def edges_of(picture: Bytes, box: tuple[int, int, int, int], source: Source) -> dict[Side, Edge]:
    """Return what becomes of the subject, which fills `box`, at each side of the picture."""
    shown = _gaps(box, (picture.shape[1], picture.shape[0]))
    if source.box is None or source.frame_size is None:
        bands = {side: _is_flat(picture, box, side, (0, LEVEL)) for side in SIDES}
        return {side: "unsure" if bands[side] or shown[side] <= NEAR else "whole" for side in SIDES}
    before = _gaps(source.box, source.frame_size)
    ends = {side: 1 / _length(side, source.frame_size) for side in SIDES}
    found: dict[Side, Edge] = {}
    for side in SIDES:
        if before[side] <= ends[side]:
            found[side] = "cut"
        elif min(before[side], shown[side]) <= NEAR or _is_flat(picture, box, side, (0,)):
            found[side] = "unsure"  # the crop ends there, or a black bar begins
        else:
            found[side] = "whole"
    return found


def _gaps(box: tuple[int, int, int, int], size: tuple[int, int]) -> dict[Side, float]:
    """Return how far a box is from each side of a picture (width, height), as a share of it."""
    x, y, width, height = box
    return {
        "left": x / size[0],
        "top": y / size[1],
        "right": (size[0] - x - width) / size[0],
        "bottom": (size[1] - y - height) / size[1],
    }


def _length(side: Side, size: tuple[int, int]) -> int:
    return size[0] if side in ("left", "right") else size[1]


def _is_flat(
    picture: Bytes, box: tuple[int, int, int, int], side: Side, levels: tuple[int, ...]
) -> bool:
    """Return whether beside a box there is nothing but one of these greys: no picture."""
    x, y, width, height = box
    thick = max(2, round(NEAR * max(picture.shape[:2])))
    near, far = 2, 2 + thick  # what is resampled runs into its neighbour
    part = {
        "left": np.s_[y : y + height, max(0, x - far) : max(0, x - near)],
        "top": np.s_[max(0, y - far) : max(0, y - near), x : x + width],
        "right": np.s_[y : y + height, x + width + near : x + width + far],
        "bottom": np.s_[y + height + near : y + height + far, x : x + width],
    }[side]
    beside = picture[part]
    if not beside.size:
        return False
    luma = grey_of(np.ascontiguousarray(beside)).astype(np.int16)
    return any(bool((np.abs(luma - level) <= (ALIKE if level == 0 else 2)).all())
               for level in levels)  # fmt: skip


def goes_on(picture: Bytes, mask: Mask, side: Side) -> bool:
    """Return whether a mask (h, w) ends on a side where the picture (h, w, 3) does not change.

    Where a mask is blunt and nothing changes across its outline, it lost a part of the thing.
    """
    turns = {"bottom": 0, "left": 1, "top": 2, "right": 3}[side]
    own, shown = np.rot90(mask, turns), np.rot90(picture, turns)
    rows = np.flatnonzero(own.any(axis=1))
    last = int(rows[-1])
    depth = round(DEEP * (last - int(rows[0])))
    columns = np.flatnonzero(own[max(0, last - depth) : last + 1].any(axis=0))
    step = max(3, round(ACROSS * max(own.shape)))
    ends = own.shape[0] - 1 - own[::-1, columns].argmax(axis=0)
    usable = (ends >= step) & (ends + step < own.shape[0])
    columns, ends = columns[usable], ends[usable]
    usable = own[ends - step, columns]
    columns, ends = columns[usable], ends[usable]
    if len(columns) < BLUNT * np.count_nonzero(own.any(axis=0)):
        return False
    inside = shown[ends - step, columns].astype(np.int16)
    outside = shown[ends + step, columns].astype(np.int16)
    change = np.abs(inside - outside).max(axis=1)
    return bool((change < ALIKE).mean() >= SMOOTH)
