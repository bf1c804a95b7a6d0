"""Which part of a picture is shown, at which size: around the subject, never through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from animstudio.media.cutout import grown
from animstudio.media.resample import resample
from animstudio.media.views import Bytes

STEP: Final = 64
"""Sides of buckets are multiples of it, as trainers want."""
LEVEL: Final = 127
"""Of the grey where there is no picture."""
TRIM: Final = 0.1
"""Share of a picture without a subject that may be cut off to reach a bucket's shape."""
LEARN: Final = 1 / 64
"""By which share of a picture's side its mask is grown: trainers use it at 1/8 of the size."""

Box = tuple[int, int, int, int]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Framing:
    """A part of a picture (x, y, width, height; perhaps beyond it), and the size it gets."""

    box: Box
    width: int
    height: int

    @property
    def scale(self) -> float:
        """Pixels it gets a pixel that it has."""
        return self.width / self.box[2]

    def moved(self, by: tuple[int, int]) -> Framing:
        """Return the same in a picture whose corner lies elsewhere."""
        x, y, width, height = self.box
        return Framing((x + by[0], y + by[1], width, height), self.width, self.height)


def buckets(target: int, shapes: bool) -> list[tuple[int, int]]:
    """Return the sizes (width, height) that pictures may get, around `target` squared pixels."""
    if not shapes:
        return [(target, target)]
    low = max(STEP, target * 3 // 4 // STEP * STEP)
    high = target * 5 // 4 // STEP * STEP
    found = []
    for width in range(low, high + 1, STEP):
        height = min(high, target * target // width // STEP * STEP)
        if height >= low:
            found.append((width, height))
    return sorted(set(found))


def bounds_of(mask: Mask) -> Box | None:
    """Return the box (x, y, width, height) of a mask, None for an empty one."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return (int(columns[0]), int(rows[0]),
            int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1)  # fmt: skip


def frame_subject(
    subject: Box, picture: tuple[int, int], margin: float, sizes: list[tuple[int, int]],
    max_upscale: float,
) -> Framing:  # fmt: skip
    """Return the framing that shows all of a subject and some room, in a bucket's shape.

    `picture` is (width, height). Room is taken from the picture where it has some.
    """
    room = round(margin * max(subject[2], subject[3]))
    width, height = subject[2] + 2 * room, subject[3] + 2 * room
    size = _nearest(width / height, sizes)
    width, height = _grown_to(width, height, size)
    x = _placed(subject[0] + subject[2] / 2, width, picture[0])
    y = _placed(subject[1] + subject[3] / 2, height, picture[1])
    return _sized((x, y, width, height), size, max_upscale)


def frame_all(
    picture: tuple[int, int], sizes: list[tuple[int, int]], max_upscale: float
) -> Framing:
    """Return the framing of a whole picture (width, height).

    To reach a bucket's shape a little is cut off at the sides; where that would be much, grey is
    added instead, so that nobody loses a face.
    """
    width, height = picture
    size = _nearest(width / height, sizes)
    wanted = size[0] / size[1]
    less = (min(width, round(height * wanted)), min(height, round(width / wanted)))
    if less[0] * less[1] >= (1 - TRIM) * width * height:
        box = ((width - less[0]) // 2, (height - less[1]) // 2, *less)
    else:
        more = _grown_to(width, height, size)
        box = ((width - more[0]) // 2, (height - more[1]) // 2, *more)
    return _sized(box, size, max_upscale)


def render(
    picture: Bytes, mask: Mask | None, framing: Framing, *, neutral: bool
) -> tuple[Bytes, Mask | None, Mask]:
    """Return what a framing shows: BGR, the subject's mask, and where there is a picture at all.

    Where there is none, and around the subject if `neutral`, it is grey.
    """
    shown = picture
    if neutral and mask is not None:
        shown = picture.copy()
        shown[~mask] = LEVEL
    size = framing.height, framing.width
    found = resample(_window(shown, framing.box, LEVEL), size)
    whole = np.full(picture.shape[:2], 255, np.uint8)
    there = resample(_window(whole, framing.box, 0), size) > 127
    if mask is None:
        return found, None, there
    own = resample(_window(mask.astype(np.uint8) * 255, framing.box, 0), size) > 127
    return found, own, there


def to_learn(mask: Mask | None, there: Mask) -> Bytes | None:
    """Return the mask for trainers, white to be learned; None where that is everything."""
    if mask is None:
        return None if there.all() else there.astype(np.uint8) * 255
    wide = grown(mask, round(max(mask.shape) * LEARN)) & there
    return wide.astype(np.uint8) * 255


def _nearest(ratio: float, sizes: list[tuple[int, int]]) -> tuple[int, int]:
    return min(sizes, key=lambda size: (abs(np.log(size[0] / size[1] / ratio)), size))


def _grown_to(width: int, height: int, size: tuple[int, int]) -> tuple[int, int]:
    ratio = size[0] / size[1]
    return (max(width, round(height * ratio)), max(height, round(width / ratio)))


def _placed(middle: float, length: int, limit: int) -> int:
    """Return where a span begins: around `middle`, but within [0, limit] if it fits."""
    start = round(middle - length / 2)
    return min(max(start, 0), limit - length) if length <= limit else (limit - length) // 2


def _sized(box: Box, size: tuple[int, int], max_upscale: float) -> Framing:
    """Return the framing at a bucket's size, or smaller where that would enlarge too much."""
    factor = min(1.0, max_upscale * box[2] / size[0], max_upscale * box[3] / size[1])
    if factor < 1.0:
        size = (max(STEP, int(size[0] * factor) // STEP * STEP),
                max(STEP, int(size[1] * factor) // STEP * STEP))  # fmt: skip
    return Framing(box, *size)


def _window(plane: Bytes, box: Box, outside: int) -> Bytes:
    x, y, width, height = box
    tall, wide = plane.shape[:2]
    if x >= 0 and y >= 0 and x + width <= wide and y + height <= tall:
        return np.ascontiguousarray(plane[y : y + height, x : x + width])
    found = np.full((height, width, *plane.shape[2:]), outside, np.uint8)
    top, left, bottom, right = max(0, y), max(0, x), min(tall, y + height), min(wide, x + width)
    found[top - y : bottom - y, left - x : right - x] = plane[top:bottom, left:right]
    return found
