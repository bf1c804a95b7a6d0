"""The few image operations that judging a picture needs; thin, typed covers over OpenCV."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from animstudio.media.views import Bytes

Plane = NDArray[np.float32]
"""One number a pixel, (h, w)."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A connected patch of a mask: its box in pixels and the pixels it covers (h, w) bool."""

    x: int
    y: int
    width: int
    height: int
    pixels: NDArray[np.bool_]


def grey_of(picture: Bytes) -> Bytes:
    """Return the luma (h, w) of a BGR picture (h, w, 3)."""
    import cv2

    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)


def lab_of(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return CIE Lab (D65; L 0-100) of BGR colours (n, 3) from 0 to 255."""
    import cv2

    row = np.ascontiguousarray(colours[None], np.float32) / np.float32(255)
    return np.asarray(cv2.cvtColor(row, cv2.COLOR_BGR2Lab)[0], np.float64)


def bgr_of(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return BGR colours (n, 3) from 0 to 255 of CIE Lab; colours no screen has are clipped."""
    import cv2

    row = np.ascontiguousarray(lab[None], np.float32)
    back = np.asarray(cv2.cvtColor(row, cv2.COLOR_Lab2BGR)[0], np.float64)
    return np.clip(back * 255, 0, 255)


def blurred(plane: Plane, sigma: float) -> Plane:
    """Return a Gaussian blur; `sigma` in pixels, the border mirrored."""
    import cv2

    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REFLECT))


def box_mean(plane: Plane, side: int) -> Plane:
    """Return the mean over squares of `side` pixels (odd) around each pixel."""
    import cv2

    return np.asarray(cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT))


def slopes(plane: Bytes) -> tuple[Plane, Plane]:
    """Return the slope of luma (h, w) to the right and down, in levels a pixel (Sobel)."""
    import cv2

    right = cv2.Sobel(plane, cv2.CV_32F, 1, 0, scale=1 / 8, borderType=cv2.BORDER_REFLECT)
    down = cv2.Sobel(plane, cv2.CV_32F, 0, 1, scale=1 / 8, borderType=cv2.BORDER_REFLECT)
    return np.asarray(right), np.asarray(down)


def resized(plane: Plane, size: tuple[int, int]) -> Plane:
    """Return the plane at (height, width): by area on the way down, linear on the way up."""
    import cv2

    smaller = size[0] < plane.shape[0] or size[1] < plane.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, (size[1], size[0]), interpolation=how))


def tidied(mask: NDArray[np.bool_], *, open_by: int, close_by: int) -> NDArray[np.bool_]:
    """Return a mask without parts thinner than `open_by` and gaps under `close_by` pixels."""
    import cv2

    tidy: NDArray[np.integer | np.floating] = mask.astype(np.uint8)
    for how, side in ((cv2.MORPH_CLOSE, close_by), (cv2.MORPH_OPEN, open_by)):
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        tidy = cv2.morphologyEx(tidy, how, kernel)
    return np.asarray(tidy, np.bool_)


def patches(mask: NDArray[np.bool_]) -> list[Patch]:
    """Return the connected patches (8 neighbours) of a mask (h, w)."""
    import cv2

    count, labels, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return [
        Patch(int(box[0]), int(box[1]), int(box[2]), int(box[3]), labels == number)
        for number, box in enumerate(boxes[1:count], start=1)
    ]


def straight_lines(luma: Bytes) -> NDArray[np.float64]:
    """Return straight segments (n, 4) as x1, y1, x2, y2 in pixels of luma (h, w).

    The line segment detector of Grompone von Gioi et al., "LSD: a line segment detector",
    IPOL 2012.
    """
    import cv2

    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE).detect(luma)[0]
    return np.zeros((0, 4)) if found is None else np.asarray(found, np.float64).reshape(-1, 4)
