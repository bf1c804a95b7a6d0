"""Pictures at other sizes, and second derivatives of luma; thin covers over OpenCV."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from animstudio.media.views import Bytes


def resample(picture: Bytes, size: tuple[int, int]) -> Bytes:
    """Return a picture (h, w) or (h, w, c) at (height, width).

    By area on the way down, which keeps lines; Lanczos on the way up.
    """
    import cv2

    if picture.shape[:2] == size:
        return picture
    smaller = size[0] <= picture.shape[0] and size[1] <= picture.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(picture, (size[1], size[0]), interpolation=how), np.uint8)


def laplacian(luma: Bytes) -> NDArray[np.float32]:
    """Return the Laplacian (h, w) of luma, 4 neighbours, the border mirrored."""
    import cv2

    return np.asarray(cv2.Laplacian(luma, cv2.CV_32F, ksize=1, borderType=cv2.BORDER_REFLECT))


def noise_of_blocks(luma: Bytes, side: int) -> NDArray[np.float64]:
    """Return the deviation of noise, in levels, in each whole block of `side` pixels of luma.

    Immerkaer, "Fast noise variance estimation", CVIU 64(2), 1996: the mask [1 -2 1; -2 4 -2;
    1 -2 1] is blind to slopes, and its response to noise of deviation s has the deviation 6 s.
    """
    import cv2

    rows, columns = luma.shape[0] // side, luma.shape[1] // side
    line = np.array([1, -2, 1], np.float32)
    finer = 8  # so that a block's mean keeps three binary places, and 8 * 16 * 255 fits 16 bits
    response = cv2.sepFilter2D(luma, cv2.CV_16S, line * finer, line, borderType=cv2.BORDER_REFLECT)
    strength = np.abs(response[: rows * side, : columns * side])
    means = cv2.resize(strength, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(means * (np.sqrt(np.pi / 2) / 6 / finer), np.float64)


def slopes_of(luma: Bytes) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Return luma's slopes (h, w) to the right and down: Sobel, 8 times the levels a pixel."""
    import cv2

    right, down = cv2.spatialGradient(luma)
    return np.asarray(right, np.int16), np.asarray(down, np.int16)


def smooth(luma: Bytes, sigma: float) -> Bytes:
    """Return luma after a Gaussian blur of `sigma` pixels."""
    import cv2

    return np.asarray(cv2.GaussianBlur(luma, (0, 0), sigma), np.uint8)


def within(mask: NDArray[np.bool_], side: int) -> NDArray[np.bool_]:
    """Return where a mask (h, w) is set in all of the square of `side` pixels (odd) around."""
    import cv2

    return np.asarray(cv2.erode(mask.astype(np.uint8), np.ones((side, side), np.uint8)), np.bool_)


def histogram(luma: Bytes, mask: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
    """Return how many pixels of luma have each of the 256 levels, where the mask is set."""
    import cv2

    where = None if mask is None else mask.astype(np.uint8)
    return np.asarray(cv2.calcHist([luma], [0], where, [256], [0, 256]), np.float64).ravel()


def cosine_transform(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the two-dimensional DCT-II of a plane with even sides."""
    import cv2

    return np.asarray(cv2.dct(plane))
