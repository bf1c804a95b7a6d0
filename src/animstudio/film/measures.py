"""Measures: the numbers of every frame, computed once; detectors are cheap rules over them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Measures:
    """A table with one row a frame, in display order.

    Row i of a difference compares frame i with frame i-1; row 0 is 0.

    time_base:  seconds a tick of `pts` (exact).
    rate:       the film's average frames a second (exact).
    pts:        (n,) int64 presentation times; strictly increasing.

    content.py: what the picture holds, and how much of it changed
    hue, saturation, value: (n,) mean absolute difference of H, S, V, 0-255; hue circular
                and weighted by saturation.
    change:     (n,) mean absolute luma difference, 0-255; near 0 on held drawings.
    novelty:    (n,) share 0-1 of the picture that the frame before does not explain, motion
                allowed for; what cuts are found with.
    luma:       (n,) mean luma, 0-255.        contrast: (n,) its standard deviation.
    signature:  (n, 9, 16, 3) uint8 BGR thumbnail, for dissolves.

    sharpness.py
    sharpness:  (n,) variance of the Laplacian of the half-size luma.
    bars:       (n, 4) float32 black bars top, bottom, left, right as shares of the picture;
                nan where the frame is too dark to tell.

    motion.py: the camera's similarity from frame i-1 to frame i
    tx, ty:     (n,) shift in shares of the frame's width (both), right and down positive:
                how the picture's content moves.
    scale:      (n,) 1.0 is no zoom, above 1 the content grows.
    angle:      (n,) degrees, clockwise positive.
    support:    (n,) share 0-1 of tracked points that agree; 0 where there is no answer.
    residual:   (n,) median motion of the points that do not follow the camera, shares of the
                width; 0 where (nearly) all do.

    transnet.py; None unless that detector watched
    cut_odds:   (n,) probability 0-1 that the next frame begins a new shot.
    span_odds:  (n,) probability 0-1 that the frame is in a transition.
    """

    time_base: Fraction
    rate: Fraction
    pts: NDArray[np.int64]
    hue: Floats
    saturation: Floats
    value: Floats
    change: Floats
    novelty: Floats
    luma: Floats
    contrast: Floats
    signature: NDArray[np.uint8]
    sharpness: Floats
    bars: Floats
    tx: Floats
    ty: Floats
    scale: Floats
    angle: Floats
    support: Floats
    residual: Floats
    cut_odds: Floats | None = None
    span_odds: Floats | None = None

    def __len__(self) -> int:
        return len(self.pts)

    @property
    def beats(self) -> NDArray[np.int64]:
        """(n,) presentation times in whole frames of the average rate: the film's clock.

        Equal to the frame number, plus a constant, in a film of constant rate.
        """
        return Beat.of(self.time_base, self.rate).at(self.pts)

    def seconds(self, frame: int) -> float:
        """Return when frame `frame` is shown, in seconds since the film's first frame."""
        return float(int(self.pts[frame] - self.pts[0]) * self.time_base)


Ticks = TypeVar("Ticks", int, NDArray[np.int64])


@dataclass(frozen=True, slots=True)
class Beat:
    """A film's clock: how many whole frames of its average rate a presentation time is."""

    numerator: int
    denominator: int

    @classmethod
    def of(cls, time_base: Fraction, rate: Fraction) -> Beat:
        """Return the clock of a film with ticks of `time_base` seconds."""
        tick = time_base * rate
        return cls(tick.numerator, tick.denominator)

    def at(self, pts: Ticks) -> Ticks:
        """Return the beat of a time, or of many.

        Rounded to the nearest in integers: times of 1/1000 s would drift otherwise.
        """
        if isinstance(pts, int) or self._fits(pts):
            return (2 * pts * self.numerator + self.denominator) // (2 * self.denominator)
        beats = [self.at(one) for one in pts.tolist()]  # Python's integers have no end
        return np.array(beats, np.int64)

    def _fits(self, pts: NDArray[np.int64]) -> bool:
        """Say whether 64 bits hold everything on the way, as they do with all usual clocks."""
        most = max(abs(int(pts.min())), abs(int(pts.max()))) if len(pts) else 0
        return 2 * most * self.numerator + 2 * self.denominator < 2**63


def frame_ticks(rate: Fraction, time_base: Fraction) -> int:
    """Return the ticks from one frame to the next at the average rate, at least one."""
    return max(1, round(1 / (rate * time_base)))
