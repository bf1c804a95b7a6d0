"""Small views of a frame, computed once and shared by every analyser.

The luma plane is halved by area until it is small; the chroma planes likewise.
Nothing here touches the full picture's colours: converting every frame to BGR
would cost as much as a third of the decode.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

LUMA_SIDE = 320
"""Longest side of `Views.luma`, pixels."""
COLOUR_SIDE = 160
"""Longest side of `Views.colour`, pixels."""


@dataclass(frozen=True, slots=True)
class Views:
    """What the analysers see of one frame (8 bits, full range, display orientation).

    fine:   luma at half the film's size (h/2, w/2); for sharpness and black bars.
    luma:   luma, longest side 320; for motion.
    colour: BGR, longest side 160 (h, w, 3); for content and TransNetV2's 48x27.
    """

    fine: Bytes
    luma: Bytes
    colour: Bytes


def views_of_bgr(picture: Bytes) -> Views:
    """Return the views of a BGR picture (h, w, 3); for pictures that come from no film."""
    import cv2

    return views_of_planes(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), picture)


def views_of_planes(luma: Bytes, colour: Bytes) -> Views:
    """Return the views of a full-range luma plane (h, w) and a BGR picture of any size."""
    fine = halve(luma)
    return Views(fine=fine, luma=shrink(fine, LUMA_SIDE), colour=shrink(colour, COLOUR_SIDE))


def halve(plane: Bytes) -> Bytes:
    """Return the picture at half its size by area; odd last rows and columns are dropped."""
    import cv2

    height, width = max(1, plane.shape[0] // 2), max(1, plane.shape[1] // 2)
    if plane.shape[0] < 2 or plane.shape[1] < 2:
        return plane
    even = plane[: height * 2, : width * 2]
    return np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def shrink(plane: Bytes, side: int) -> Bytes:
    """Return the picture with its longest side at most `side`, by area.

    Halving by two is several times faster than one large step (OpenCV has no fast path for
    other factors), so the way down goes by halves.
    """
    import cv2

    while max(plane.shape[:2]) >= 2 * side:
        plane = halve(plane)
    height, width = plane.shape[:2]
    if max(height, width) <= side:
        return plane
    factor = side / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)
