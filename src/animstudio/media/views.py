"""Small views of a frame, computed once and shared by every analyser.

The luma plane is halved by area until it is small; the chroma planes likewise. Of tall planes
only as many rows are read as the small views need: reading a 1080p plane whole costs more than
everything else that is done with it. Nothing here touches the full picture's colours: converting
every frame to BGR would cost as much as a third of the decode.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Plane = NDArray[np.uint8] | NDArray[np.uint16]
P = TypeVar("P", bound=NDArray[np.unsignedinteger[Any]])

LUMA_SIDE = 320
"""Longest side of `Views.luma`, pixels."""
COLOUR_SIDE = 160
"""Longest side of `Views.colour`, pixels."""


@dataclass(frozen=True, slots=True)
class HalfRows:
    """The luma at half the film's coded size, of which only the rows asked for are made.

    plane: (h, w) luma as coded, `bits` a sample.
    """

    plane: Plane
    bits: int = 8

    def __len__(self) -> int:
        return max(1, int(self.plane.shape[0]) // 2)

    def __getitem__(self, rows: slice) -> Bytes:
        first, last, _ = rows.indices(len(self))
        return to_eight_bits(halve(self.plane[2 * first : 2 * last]), self.bits)


@dataclass(frozen=True, slots=True)
class Views:
    """What the analysers see of one frame (8 bits, full range, display orientation).

    fine:   luma at half the film's coded width (rows, w/2), in the film's own range (black is
            16 in most films): stretching it would cost as much as all the other views. Each
            row is the mean of two of the film, neighbours or `apart` rows from each other.
    half:   the same at half the height too, made as it is asked for; where the film is shown
            turned, `fine` in its place.
    luma:   luma, longest side 320; for motion.
    colour: BGR, longest side 160 (h, w, 3); for content and TransNetV2's 48x27.
    """

    fine: Bytes
    half: HalfRows | Bytes
    luma: Bytes
    colour: Bytes
    apart: int = 1


def views_of_bgr(picture: Bytes) -> Views:
    """Return the views of a BGR picture (h, w, 3); for pictures that come from no film."""
    import cv2

    fine = halve(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8))
    luma = shrink(fine, LUMA_SIDE)
    return Views(fine=fine, half=fine, luma=luma, colour=shrink(picture, COLOUR_SIDE))


def to_eight_bits(plane: Plane, bits: int) -> Bytes:
    """Return a plane's samples as 8 bits."""
    if plane.dtype == np.uint8:
        return np.asarray(plane, np.uint8)
    return np.asarray(plane >> (bits - 8), np.uint8)


def spread(plane: P, height: int) -> tuple[P, int]:
    """Return evenly spread rows, at least two for each of `height`, and how far apart they are."""
    apart = max(1, int(plane.shape[0]) // (2 * height))
    return plane[apart // 2 :: apart], apart  # type: ignore[return-value]


def halve(plane: P) -> P:
    """Return the picture at half its size by area; an odd last row or column is dropped.

    A side of one pixel stays as it is.
    """
    import cv2

    height, width = max(1, plane.shape[0] // 2), max(1, plane.shape[1] // 2)
    if not plane.size or plane.shape[:2] == (height, width):
        return plane
    even = plane[: height * 2, : width * 2]
    return cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def shrink(plane: P, side: int) -> P:
    """Return the picture with its longest side at most `side`, by area.

    Halving by two is several times faster than one large step (OpenCV has no fast path for
    other factors), so the way down goes by halves.
    """
    height, width = plane.shape[:2]
    factor = min(1.0, side / max(height, width))
    return fit(plane, (max(1, round(width * factor)), max(1, round(height * factor))))


def fit(plane: P, size: tuple[int, int]) -> P:
    """Return the picture at exactly `size` (width, height): halves first, then one step."""
    import cv2

    width, height = size
    while plane.shape[1] >= 2 * width and plane.shape[0] >= 2 * height:
        plane = halve(plane)
    if (plane.shape[1], plane.shape[0]) == size:
        return plane
    # Steps below a factor of two are as good, and four times faster, by interpolation.
    return cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]


def fit_across(plane: P, size: tuple[int, int]) -> P:
    """Return `fit` of a plane that is wide for its height: its pairs of rows were `spread`."""
    import cv2

    while plane.shape[1] >= 2 * size[0] and plane.shape[0] >= 2 * size[1]:
        plane = halve(plane)
    factor = plane.shape[1] // size[0]
    if factor > 1:  # interpolation alone would look at two columns of so many
        plane = cv2.blur(plane, (factor, 1))  # type: ignore[assignment]
    if (plane.shape[1], plane.shape[0]) == size:
        return plane
    return cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]


def fit_smooth(plane: P, size: tuple[int, int]) -> P:
    """Return a smooth plane (chroma) at exactly `size`: spread, halved, then interpolated."""
    import cv2

    plane, _ = spread(plane, size[1])
    if plane.shape[1] >= 4 * size[0] and plane.shape[0] >= 2 * size[1]:
        plane = halve(plane)
    return cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]
