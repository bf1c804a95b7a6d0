"""Subjects: the few things a picture is about, as boxes around the salient patches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from animstudio.media.imaging import Patch, Plane, patches, tidied

LEVELS = 256
"""Steps that saliency is rounded to: the same picture mirrored must give the same boxes."""
STEPS = (0.0, 0.12, 0.25, 0.4)
"""Thresholds for patches: how far from Otsu's level up to the highest."""
APART = 0.1
"""A patch less than this above the saliency around it is no subject."""
LEAST = 0.01
"""Weight below which nothing is a subject."""
THIN = 0.15
"""A patch that fills less than this share of its box is a line or a fringe."""
SHARED = 0.3
"""Subjects share less than this much of the smaller box."""
MINOR = 0.4
"""A patch that weighs less than this share of the first subject is no further subject."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject; all numbers are shares of the picture, 0-1.

    x, y:          the box's left upper corner.   width, height: its size.
    area:          the part of the picture that the subject itself covers, not its box.
    score:         how salient it is: mean saliency of what it covers.
    skin:          how much of what it covers has a colour like skin.
    """

    x: float
    y: float
    width: float
    height: float
    area: float
    score: float
    skin: float = 0.0

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the box, x and y."""
        return self.x + self.width / 2, self.y + self.height / 2

    def as_record(self) -> dict[str, float]:
        """Return plain JSON."""
        return {name: round(getattr(self, name), 4) for name in self.__slots__}


def find_subjects(
    saliency: Plane, skin: Plane, *, most: int, smallest: float, largest: float
) -> tuple[Subject, ...]:
    """Return up to `most` subjects of a saliency map (h, w), the weightiest first.

    `skin` (h, w) says how like skin each pixel is. A subject's box takes at least `smallest`
    of the picture, and the subject covers at most `largest` of it. One threshold does not fit
    a pale bird and a black cave, so patches are taken at several and the weightiest of those
    that overlap stands.
    """
    rounded = np.rint(saliency * (LEVELS - 1)).astype(np.uint8)
    if rounded.max() == rounded.min():
        return ()
    side = max(1, round(min(saliency.shape) / 30)) | 1
    base = otsu(rounded)
    weighed: list[tuple[float, Subject]] = []
    for part in STEPS:
        level = base + part * (LEVELS - 1 - base)
        for patch in patches(tidied(rounded > level, open_by=side, close_by=side)):
            found = _subject(patch, saliency, skin)
            box = found.width * found.height
            if box >= smallest and found.area <= largest and found.area >= THIN * box:
                weighed.append((_weight(patch, found, saliency), found))
    return _strongest(weighed, most)


def _strongest(weighed: list[tuple[float, Subject]], most: int) -> tuple[Subject, ...]:
    weighed.sort(key=lambda pair: (-round(pair[0], 6), pair[1].y, pair[1].x))
    chosen: list[Subject] = []
    for weight, found in weighed:
        if len(chosen) == most or weight < max(LEAST, MINOR * weighed[0][0]):
            break
        if all(overlap(found, other) < SHARED for other in chosen):
            chosen.append(found)
    return tuple(chosen)


def overlap(one: Subject, other: Subject) -> float:
    """Return how much of the smaller box lies in the other, 0-1."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    smaller = min(one.width * one.height, other.width * other.height)
    return max(0.0, width) * max(0.0, height) / smaller


def _weight(patch: Patch, found: Subject, saliency: Plane) -> float:
    """Weigh a patch: how far above what surrounds it, how large, how whole, how free.

    A patch that lies along the picture's edge is background that happens to be bright
    (boundary connectivity: Zhu et al., "Saliency optimization from robust background
    detection", CVPR 2014); a figure cut by the frame touches it less.
    """
    height, width = saliency.shape
    x, y = patch.width // 3 + 2, patch.height // 3 + 2
    around = np.s_[
        max(0, patch.y - y) : patch.y + patch.height + y,
        max(0, patch.x - x) : patch.x + patch.width + x,
    ]
    inside = patch.pixels[around]
    ring = saliency[around][~inside]
    rise = found.score - (float(ring.mean()) if ring.size else 0.0)
    if rise < APART:
        return 0.0
    pixels = patch.pixels
    touching = int(pixels[0].sum() + pixels[-1].sum() + pixels[:, 0].sum() + pixels[:, -1].sum())
    bound = touching / (found.area * height * width) ** 0.5
    filled = found.area / (found.width * found.height)
    return float(rise * found.area**0.4 * filled**0.75 * np.exp(-(bound**2)))


def otsu(levels: NDArray[np.uint8]) -> int:
    """Return the level that best parts dark from bright; the bright ones lie above it.

    Otsu, "A threshold selection method from gray-level histograms", IEEE SMC 1979.
    """
    count = np.bincount(levels.ravel(), minlength=256).astype(np.float64)
    below = count.cumsum()
    level_sum = (count * np.arange(256)).cumsum()
    above = below[-1] - below
    parted = (below > 0) & (above > 0)
    between = np.zeros(256)
    low = level_sum[parted] / below[parted]
    high = (level_sum[-1] - level_sum[parted]) / above[parted]
    between[parted] = below[parted] * above[parted] * (high - low) ** 2
    return int(between.argmax())


def _subject(patch: Patch, saliency: Plane, skin: Plane) -> Subject:
    height, width = saliency.shape
    return Subject(
        patch.x / width,
        patch.y / height,
        patch.width / width,
        patch.height / height,
        float(patch.pixels.mean()),
        float(saliency[patch.pixels].mean()),
        float(skin[patch.pixels].mean()),
    )
