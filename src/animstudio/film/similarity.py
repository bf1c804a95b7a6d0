"""The plane's similarities: shift, turn and growth about the middle of the frame.

Points are complex numbers x + iy in frame widths from the frame's middle, right and down
positive, so that a similarity is ``point -> turn * point + shift`` and a pure zoom about the
middle shifts nothing.
"""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Similarity:
    """Where the picture's content goes: ``turn * point + shift``."""

    turn: complex = 1
    shift: complex = 0

    @classmethod
    def of(cls, tx: float, ty: float, scale: float, angle: float) -> Similarity:
        """Return the similarity of a shift in widths, a scale and an angle in degrees."""
        return cls(cmath.rect(scale, math.radians(angle)), complex(tx, ty))

    @property
    def scale(self) -> float:
        """How much the content grows: 1.0 is no zoom."""
        return abs(self.turn)

    @property
    def angle(self) -> float:
        """How far the content turns, degrees, clockwise positive, -180 to 180."""
        return math.degrees(cmath.phase(self.turn))

    def __matmul__(self, first: Similarity) -> Similarity:
        """Return the similarity that does `first` and then this one."""
        return Similarity(self.turn * first.turn, self.turn * first.shift + self.shift)

    def inverse(self) -> Similarity:
        """Return the way back (the turn is never 0: a picture cannot shrink to a point)."""
        return Similarity(1 / self.turn, -self.shift / self.turn)

    def halved(self) -> Similarity:
        """Return the similarity that done twice is this one (of two, the smaller turn)."""
        turn = cmath.sqrt(self.turn)
        return Similarity(turn, self.shift / (1 + turn))
