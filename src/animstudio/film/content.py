"""What a picture holds, and how much of it is new: the numbers that cuts are found with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from animstudio.media.colour import (
    hsv_change,
    hsv_of,
    mean_and_deviation,
    mean_difference,
    thumbnail,
)
from animstudio.media.imaging import grey_of
from animstudio.media.views import Bytes, Views

SIGNATURE = (9, 16)
"""Rows and columns of a signature."""
_SKETCH = (18, 32)  # rows, columns of the picture that novelty is measured on
_BLOCKS = (3, 4)
_REACH = (2, 4)  # sketch pixels that a block may have moved: an eighth of the picture a frame
_NOISE = 10.0  # levels squared: what coding noise and grain leave in a sketch

_BLOCK = (_SKETCH[0] // _BLOCKS[0], _SKETCH[1] // _BLOCKS[1])
_ACROSS = np.kron(np.eye(_BLOCKS[1]), np.ones((_BLOCK[1], 1))).astype(np.float32)
_DOWN = np.kron(np.eye(_BLOCKS[0]), np.ones((1, _BLOCK[0]))).astype(np.float32)
_DOWN /= _BLOCK[0] * _BLOCK[1]  # so that _DOWN @ plane @ _ACROSS are the means of blocks

_BEYOND = np.ix_(
    *(np.clip(np.arange(-r, n + r), 0, n - 1) for n, r in zip(_SKETCH, _REACH, strict=True))
)  # the sketch with its edges repeated


@dataclass(frozen=True, slots=True)
class _Frame:
    hsv: Bytes
    luma: Bytes
    sketch: NDArray[np.float32]  # (3, 18, 32)
    energy: NDArray[np.float32]  # (12,) variance of each block, colours together
    means: NDArray[np.float32]  # (3, 12)


class ContentAnalyser:
    """Sees the frames of one film in order; remembers only the frame before.

    The content fields of `Measures`, 0.3 ms a frame. The first frame of a film (and one whose
    size differs from that of the frame before) is compared with itself: zeros.
    """

    def __init__(self) -> None:
        self._before: _Frame | None = None
        size = [n + 2 * r for n, r in zip(_SKETCH, _REACH, strict=True)]
        self._padded = np.zeros((3, *size), np.float32)
        shifted = sliding_window_view(self._padded, _SKETCH, axis=(1, 2))
        self._shifted = shifted.transpose(1, 2, 0, 3, 4)
        self._room = np.empty(self._shifted.shape, np.float32)

    def see(self, views: Views) -> dict[str, float | NDArray[np.uint8]]:
        """Return the content fields of the next frame."""
        sketch = thumbnail(views.colour, _SKETCH[1], _SKETCH[0])
        now = _frame(views.colour, sketch)
        before = self._before
        if before is None or before.luma.shape != now.luma.shape:
            before = now
        self._before = now
        hue, saturation, value = hsv_change(now.hsv, before.hsv)
        luma, contrast = mean_and_deviation(now.luma)
        return {
            "hue": hue,
            "saturation": saturation,
            "value": value,
            "change": mean_difference(now.luma, before.luma),
            "novelty": self._novelty(now, before),
            "luma": luma,
            "contrast": contrast,
            "signature": thumbnail(sketch, SIGNATURE[1], SIGNATURE[0]),
        }

    def _novelty(self, now: _Frame, before: _Frame) -> float:
        """Return how much of the picture the frame before does not explain, 0-1.

        Each of 12 blocks is looked for in the frame before, up to an eighth of the picture
        away; what is left of it is taken as a share of what two unrelated blocks of such
        contrast would differ by. So a pan, a shake and a walk are explained and a cut in the
        dark weighs as much as one in the light.
        """
        self._padded[...] = before.sketch[:, _BEYOND[0], _BEYOND[1]]
        room = self._room
        np.subtract(self._shifted, now.sketch, out=room)
        np.multiply(room, room, out=room)
        across = (room.reshape(-1, _SKETCH[1]) @ _ACROSS).reshape(-1, _SKETCH[0], _BLOCKS[1])
        left = (_DOWN @ across).reshape(-1, 3, now.energy.size).sum(1).min(0)
        jump = np.square(now.means - before.means).sum(0)
        return float((left / (now.energy + before.energy + jump + _NOISE)).mean())


def _frame(colour: Bytes, small: Bytes) -> _Frame:
    sketch = np.ascontiguousarray(small.transpose(2, 0, 1), np.float32)
    means = (_DOWN @ (sketch @ _ACROSS)).reshape(3, -1)
    squares = (_DOWN @ (np.square(sketch) @ _ACROSS)).reshape(3, -1)
    energy = np.maximum(squares - np.square(means), 0).sum(0)
    return _Frame(hsv_of(colour), grey_of(colour), sketch, energy, means)
