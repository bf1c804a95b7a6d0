"""Laying pictures over each other: similarities applied to whole pictures.

A `Move` takes a point (x + iy, pixels) to ``turn * point + shift``; moves are composed and
inverted as numbers, so a chain of them loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from animstudio.media.views import Bytes

P = TypeVar("P", bound=NDArray[np.uint8] | NDArray[np.float32])


@dataclass(frozen=True, slots=True)
class Move:
    """A similarity of the plane; the default leaves everything where it is."""

    turn: complex = 1 + 0j
    shift: complex = 0j

    def __matmul__(self, first: Move) -> Move:
        """Return the move that does `first` and then this."""
        return Move(self.turn * first.turn, self.turn * first.shift + self.shift)

    def inverse(self) -> Move:
        """Return the move back."""
        return Move(1 / self.turn, -self.shift / self.turn)

    def matrix(self) -> NDArray[np.float64]:
        """Return it as (2, 3), to be multiplied by (x, y, 1)."""
        return np.array(
            [
                [self.turn.real, -self.turn.imag, self.shift.real],
                [self.turn.imag, self.turn.real, self.shift.imag],
            ]
        )


def moved(picture: P, move: Move, size: tuple[int, int], *, outside: int | None = 0) -> P:
    """Return a picture (h, w, ...) moved, at (width, height); linear between pixels.

    What comes from outside of the picture is `outside`, or the nearest pixel for None.
    """
    import cv2

    border = cv2.BORDER_REPLICATE if outside is None else cv2.BORDER_CONSTANT
    found = cv2.warpAffine(
        picture, move.matrix(), size, flags=cv2.INTER_LINEAR, borderMode=border,
        borderValue=(outside or 0,) * 4,
    )  # fmt: skip
    return found.astype(picture.dtype, copy=False)  # type: ignore[return-value]


def shrunk(picture: Bytes, side: int) -> Bytes:
    """Return the picture with its longest side at most `side` pixels."""
    import cv2

    height, width = picture.shape[:2]
    factor = min(1.0, side / max(width, height))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    if size == (width, height):
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def enlarged(mask: NDArray[np.bool_], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return a mask at (width, height), its outline smooth."""
    import cv2

    if mask.shape[::-1] == size:
        return mask
    soft = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(soft > 0.5)
