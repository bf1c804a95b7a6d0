"""A shot's camera motion as one way through four axes: pan, tilt, zoom and roll.

All axes are in frame widths at the frame's side, so that they can be compared: shifts as they
are, zoom and roll by what they do `SIDE` widths from the middle. Signs are the camera's:
right, down, in and clockwise are positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from animstudio.film.distinct import distinct
from animstudio.film.measures import Measures

Array = NDArray[np.float64]

PAN, TILT, ZOOM, ROLL = range(4)
SIDE: Final = 0.5
"""Where zoom and roll are compared with shifts: this far from the middle, in widths."""
BRIDGE: Final = 0.5
"""Seconds without an answer that are bridged by the motion around them (a flash, a blur)."""
PATH: Final = 12
"""Points of a drawn path at most."""


@dataclass(frozen=True, slots=True)
class PathPoint:
    """Where the camera has got to: x and y of its middle in widths of the shot's first frame."""

    seconds: float
    x: float
    y: float
    zoom: float
    roll: float


@dataclass(frozen=True, slots=True)
class Trajectory:
    """A shot's n steps between its n + 1 frames.

    steps:    (n, 4) how far each axis goes, widths.  pace: (n, 4) the same a second.
    seconds:  (n,) how long each step takes.
    support, residual: (n,) as measured.
    """

    steps: Array
    pace: Array
    seconds: Array
    support: Array
    residual: Array

    @property
    def duration(self) -> float:
        """Seconds from the first to the last frame."""
        return float(self.seconds.sum())

    @property
    def rate(self) -> float:
        """Frames a second."""
        return len(self.seconds) / self.duration

    @property
    def extent(self) -> Array:
        """(4,) how far apart the two ends of each axis' way are, widths."""
        way = np.vstack([np.zeros(4), np.cumsum(self.steps, axis=0)])
        return np.asarray(np.ptp(way, axis=0))

    def path(self) -> tuple[PathPoint, ...]:
        """Return the camera's way, in the first frame's widths however it has zoomed and rolled.

        With content going z -> turn * z + shift a frame, the camera's middle moves by
        -shift / (all turns so far).
        """
        zoom, roll = self.steps[:, ZOOM] / SIDE, self.steps[:, ROLL] / SIDE
        turns = np.exp(np.cumsum(zoom) - 1j * np.cumsum(roll))
        places = np.cumsum((self.steps[:, PAN] + 1j * self.steps[:, TILT]) / turns)
        last = len(places)
        shown = distinct(np.linspace(0, last, min(PATH, last + 1)).round().astype(int))[1:]
        clock = np.cumsum(self.seconds)
        points = [
            PathPoint(
                seconds=float(clock[i]),
                x=float(places[i].real),
                y=float(places[i].imag),
                zoom=float(abs(turns[i])),
                roll=float(np.degrees(roll[: i + 1].sum())),
            )
            for i in shown - 1
        ]
        return (PathPoint(0.0, 0.0, 0.0, 1.0, 0.0), *points)


def trajectory(measures: Measures, frames: range) -> Trajectory:
    """Return the camera's way through these frames, from the first to the last."""
    rows = slice(frames.start + 1, max(frames.start + 1, frames.stop))
    ticks = np.diff(measures.pts[frames.start : max(frames.start + 1, frames.stop)])
    seconds = ticks * float(measures.time_base)
    support = measures.support[rows].astype(float)
    steps = np.stack(
        [
            -measures.tx[rows].astype(float),
            -measures.ty[rows].astype(float),
            SIDE * np.log(measures.scale[rows].astype(float)),
            -SIDE * np.radians(measures.angle[rows].astype(float)),
        ],
        axis=1,
    )
    pace = _bridged(steps / seconds[:, None], support > 0, seconds)
    return Trajectory(
        pace * seconds[:, None], pace, seconds, support, measures.residual[rows].astype(float)
    )


def _bridged(pace: Array, known: NDArray[np.bool_], seconds: Array) -> Array:
    """Return the pace with short gaps between answers filled in; what is left is rest."""
    filled = np.where(known[:, None], pace, 0.0)
    answers = np.flatnonzero(known)
    for i in np.flatnonzero(np.diff(answers) > 1):
        before, after = answers[i], answers[i + 1]
        gap = slice(before + 1, after)
        if seconds[gap].sum() <= BRIDGE:
            share = (np.arange(before + 1, after) - before) / (after - before)
            filled[gap] = pace[before] + share[:, None] * (pace[after] - pace[before])
    return filled


def averaged(values: Array, frames: float) -> Array:
    """Return the running mean over about `frames` rows; the ends are held."""
    size = min(max(1, round(frames)), len(values))
    before = (size - 1) // 2
    padded = np.pad(values, ((before, size - 1 - before), (0, 0)), mode="edge")
    sums = np.cumsum(np.vstack([np.zeros(values.shape[1]), padded]), axis=0)
    return np.asarray((sums[size:] - sums[:-size]) / size)
