"""Following points from picture to picture: thin doors to OpenCV's trackers.

Points are (n, 2) float32, x then y, in pixels of the luma picture they were found in.
Nothing here draws a random number that another call could see: OpenCV's RANSAC starts its
own generator from the same seed at every call, so equal input gives equal output.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from animstudio.media.views import Bytes

Points = NDArray[np.float32]
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; the last two are outside."""

WINDOW = 11
"""Side of the patch that is followed, pixels (15 costs twice as much for the same totals)."""
MARGIN = WINDOW // 2 + 1
"""Points keep this far from the picture's edge and from black bars, pixels."""
FLAT = 8
"""A row or column at the picture's edge that spans fewer levels is a bar, or tells nothing."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Points that agree on one similarity: (x, y) -> turn (x + iy) + shift, as complex numbers."""

    turn: complex
    shift: complex
    agrees: Mask


def textured(luma: Bytes) -> Box:
    """Return what is inside flat edges, less the margin; an empty box for a flat picture.

    A bar's edge cuts the picture's lines into corners that slide along it and mislead.
    """
    columns = np.flatnonzero(np.ptp(luma, axis=0) >= FLAT)
    rows = np.flatnonzero(np.ptp(luma, axis=1) >= FLAT)
    if not len(columns) or not len(rows):
        return 0, 0, 0, 0
    return (
        int(columns[0]) + MARGIN,
        int(rows[0]) + MARGIN,
        int(columns[-1]) + 1 - MARGIN,
        int(rows[-1]) + 1 - MARGIN,
    )


def corners(luma: Bytes, within: Box, cell: int, floor: float) -> Points:
    """Return the strongest corner of every cell of a grid over a box, at most one a cell.

    `cell` is in pixels. A corner's strength is the smaller eigenvalue of its gradient matrix
    (Shi and Tomasi, "Good Features to Track", 1994); cells whose best is below `floor` give
    none. One point a cell keeps a textured character from outvoting a plain background.
    """
    import cv2

    left, top, right, bottom = within
    columns, rows = (right - left) // cell, (bottom - top) // cell
    if columns < 1 or rows < 1:
        return np.empty((0, 2), np.float32)
    left += (right - left - columns * cell) // 2
    top += (bottom - top - rows * cell) // 2
    inner = luma[top : top + rows * cell, left : left + columns * cell]
    strength = np.asarray(cv2.cornerMinEigenVal(inner, 3))
    cells = strength.reshape(rows, cell, columns, cell).swapaxes(1, 2).reshape(-1, cell * cell)
    best = cells.argmax(axis=1)
    kept = np.flatnonzero(cells[np.arange(len(best)), best] >= floor)
    y = top + kept // columns * cell + best[kept] // cell
    x = left + kept % columns * cell + best[kept] % cell
    return np.stack([x, y], axis=1).astype(np.float32)


def follow(
    before: Bytes, after: Bytes, points: Points, guess: Points, *, levels: int
) -> tuple[Points, Mask]:
    """Return where `points` of `before` are in `after`, and which were found.

    Pyramidal Lucas-Kanade (Bouguet, 2000), started from `guess`. `levels` halvings of the
    picture: a point may be about 5 * 2**levels pixels from its guess.
    """
    import cv2

    found, status, _ = cv2.calcOpticalFlowPyrLK(
        before,
        after,
        points,
        guess.copy(),
        winSize=(WINDOW, WINDOW),
        maxLevel=levels,
        criteria=(cv2.TERM_CRITERIA_COUNT + cv2.TERM_CRITERIA_EPS, 10, 0.02),
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    height, width = after.shape
    inside = (found >= 0).all(axis=1) & (found[:, 0] < width) & (found[:, 1] < height)
    return np.asarray(found, np.float32), inside & (status.ravel() == 1)


def similarity(before: Points, after: Points, reach: float) -> Fit | None:
    """Return the similarity that most points agree on to `reach` pixels, or None.

    RANSAC (Fischler and Bolles, 1981), then least squares over those that agree. The shift
    is that of the origin, so points should be given about the picture's centre.
    """
    import cv2

    if len(before) < 2:
        return None
    matrix, inliers = cv2.estimateAffinePartial2D(
        before, after, method=cv2.RANSAC, ransacReprojThreshold=reach, maxIters=500
    )
    if matrix is None:
        return None
    turn, shift = complex(matrix[0, 0], matrix[1, 0]), complex(matrix[0, 2], matrix[1, 2])
    return Fit(turn, shift, np.asarray(inliers).ravel() == 1)


def jump(before: Bytes, after: Bytes) -> tuple[float, float]:
    """Return the shift (x, y) in pixels of the whole picture, coarsely, however large.

    Phase correlation (Kuglin and Hines, 1975) at a quarter of the size.
    """
    import cv2

    small = [
        cv2.resize(p, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA).astype(np.float32)
        for p in (before, after)
    ]
    height, width = small[0].shape
    if height < 2 or width < 2:
        return 0.0, 0.0
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    (x, y), _ = cv2.phaseCorrelate(small[0], small[1], window)
    return x * 4, y * 4


def difference(before: Bytes, after: Bytes) -> float:
    """Return the mean absolute difference of two pictures of one size, in levels."""
    import cv2

    return cv2.norm(before, after, cv2.NORM_L1) / before.size
