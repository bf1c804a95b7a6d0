"""The colours of a picture as a short weighted list: what palette and saliency both read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from animstudio.media.imaging import lab_of
from animstudio.media.views import Bytes

STEP = 16
"""Levels of each of B, G and R that fall into one colour: 16 steps a channel."""


@dataclass(frozen=True, slots=True)
class Colours:
    """The n different colours of a picture (h, w), each the mean of its pixels.

    number: (h, w) which colour a pixel has, 0 to n-1.
    share:  (n,) share of the pixels; sums to 1.
    bgr:    (n, 3) 0-255.       lab: (n, 3) CIE Lab, L 0-100.
    """

    number: NDArray[np.intp]
    share: NDArray[np.float64]
    bgr: NDArray[np.float64]
    lab: NDArray[np.float64]


def colours_of(picture: Bytes) -> Colours:
    """Count the colours of a BGR picture (h, w, 3), at least one pixel large."""
    steps = 256 // STEP
    blue, green, red = (picture[..., channel].ravel() for channel in range(3))
    code = (blue // STEP).astype(np.intp)
    code *= steps
    code += green // STEP
    code *= steps
    code += red // STEP
    count = np.bincount(code, minlength=steps**3)
    used = np.flatnonzero(count)
    place = np.zeros(steps**3, np.intp)
    place[used] = np.arange(len(used))
    sums = [np.bincount(code, channel, steps**3)[used] for channel in (blue, green, red)]
    bgr = np.stack(sums, axis=1) / count[used, None]
    number = place[code].reshape(picture.shape[:2])
    return Colours(number, count[used] / code.size, bgr, lab_of(bgr))


def skin_of(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much each Lab colour (n, 3) is like skin, 0 to 1, whatever its lightness.

    Skin of all tones lies at a hue of about 55 degrees and a chroma of about 25.
    """
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1]))
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    like = np.exp(-(((hue - 55) / 20) ** 2 + ((chroma - 25) / 12) ** 2) / 2)
    return np.asarray(like)
