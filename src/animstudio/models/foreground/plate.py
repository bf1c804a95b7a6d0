"""The ground of a shot without what moves over it: the median of its frames, laid together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from animstudio.media.cutout import Mask
from animstudio.media.views import Bytes
from animstudio.media.warp import Move, moved

MOST: Final = 24
"""Frames that the median is taken of."""
WIDEST: Final = 3.0
"""The plate is at most so many times as wide and as high as a frame."""
FEWEST: Final = 3
"""Frames that must show a place for its median to tell anything."""


@dataclass(frozen=True, slots=True)
class Plate:
    """The ground (h, w, 3), how many frames showed each place, and the way from frame 0 to it."""

    picture: Bytes
    seen: Bytes
    origin: Move

    def behind(self, place: Move, size: tuple[int, int]) -> tuple[Bytes, Bytes]:
        """Return the ground behind a frame at `place` (see `places_of`), and where it is known."""
        back = (self.origin @ place).inverse()
        return (
            moved(self.picture, back, size, outside=None),
            moved((self.seen >= FEWEST).astype(np.uint8), back, size),
        )


def within_reach(places: Sequence[Move | None], size: tuple[int, int]) -> int:
    """Return how many of the first frames lie together on one plate of a sound size."""
    corners = _corners(size)
    low, high = complex(np.inf, np.inf), complex(-np.inf, -np.inf)
    for number, place in enumerate(places):
        if place is None or not 0.4 < abs(place.turn) < 2.5:
            return number
        points = place.turn * corners + place.shift
        low = complex(min(low.real, points.real.min()), min(low.imag, points.imag.min()))
        high = complex(max(high.real, points.real.max()), max(high.imag, points.imag.max()))
        extent = high - low
        if extent.real > WIDEST * size[0] or extent.imag > WIDEST * size[1]:
            return number
    return len(places)


def plate_of(
    frames: Sequence[Bytes], places: Sequence[Move], hidden: Sequence[Mask] | None = None
) -> Plate:
    """Return the ground of frames (h, w, 3) that lie at `places`.

    `hidden` (h, w) says for each frame where things may stand before the ground: that does not
    count, and ground that was hidden always is not known.
    """
    height, width = frames[0].shape[:2]
    corners = _corners((width, height))
    points = np.concatenate([place.turn * corners + place.shift for place in places])
    low = complex(np.floor(points.real.min()), np.floor(points.imag.min()))
    size = (
        int(np.ceil(points.real.max() - low.real)) + 1,
        int(np.ceil(points.imag.max() - low.imag)) + 1,
    )
    origin = Move(1, -low)
    chosen = np.unique(np.linspace(0, len(frames) - 1, min(MOST, len(frames))).round().astype(int))
    stack = np.empty((len(chosen), size[1], size[0], 3), np.uint8)
    seen = np.zeros((size[1], size[0]), np.uint8)
    for row, number in zip(stack, chosen, strict=True):
        way = origin @ places[number]
        open_ground = ~hidden[number] if hidden else np.ones((height, width), np.bool_)
        # Full only where all four neighbours were open: nothing of a thing's rim gets in.
        there = (moved(open_ground.astype(np.uint8) * 255, way, size) == 255).astype(np.uint8)
        row[:] = moved(frames[number], way, size)
        row[there == 0] = 255  # sorted behind everything that was seen
        seen += there
    stack.sort(axis=0)
    middle = np.maximum(seen.astype(np.intp) - 1, 0) // 2
    picture = np.take_along_axis(stack, middle[None, :, :, None], axis=0)[0]
    return Plate(picture, seen, origin)


def _corners(size: tuple[int, int]) -> np.ndarray[tuple[int], np.dtype[np.complex128]]:
    width, height = size
    return np.array([0, width - 1, 1j * (height - 1), width - 1 + 1j * (height - 1)])
