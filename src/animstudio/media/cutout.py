"""Telling a thing from its ground by colour: GrabCut, and the shapes of masks."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from animstudio.media.views import Bytes

Mask = NDArray[np.bool_]
GROUND, THING, MAYBE_GROUND, MAYBE_THING = 0, 1, 2, 3
"""What a pixel of a guess says: two are certain, two may change."""

_SEED: Final = 20240817


def cut_out(picture: Bytes, guess: Bytes, *, rounds: int) -> Mask:
    """Return which pixels of a BGR picture (h, w, 3) belong to the thing.

    `guess` (h, w) holds the four words above, and needs some pixels of thing and of ground; a
    guess with only one of the two comes back as it is.

    Rother, Kolmogorov and Blake, "GrabCut: interactive foreground extraction using iterated
    graph cuts", SIGGRAPH 2004. Equal input gives equal output.
    """
    import cv2

    labels = guess.copy()
    thing = (labels == THING) | (labels == MAYBE_THING)
    if np.count_nonzero(thing) < 16 or np.count_nonzero(~thing) < 16:
        return thing
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(_SEED)
    cv2.grabCut(picture, labels, None, *models, rounds, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    return np.asarray((labels == THING) | (labels == MAYBE_THING))


def grown(mask: Mask, by: int) -> Mask:
    """Return a mask grown by some pixels, or shrunk by a negative number."""
    import cv2

    if by == 0:
        return mask
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * abs(by) + 1,) * 2)
    change = cv2.dilate if by > 0 else cv2.erode
    return np.asarray(change(mask.astype(np.uint8), kernel), np.bool_)


def filled(mask: Mask, largest: int) -> Mask:
    """Return a mask without holes of up to `largest` pixels."""
    import cv2

    count, labels, table, _ = cv2.connectedComponentsWithStats(
        (~mask).astype(np.uint8), connectivity=4
    )
    small = np.zeros(count, np.bool_)
    small[1:] = table[1:, cv2.CC_STAT_AREA] <= largest
    return np.asarray(mask | small[labels])


def hull(mask: Mask) -> Mask:
    """Return the convex hull of a mask, as a mask; an empty one of an empty one."""
    import cv2

    points = cv2.findNonZero(mask.astype(np.uint8))
    drawn = np.zeros(mask.shape, np.uint8)
    if points is not None:
        cv2.fillConvexPoly(drawn, cv2.convexHull(points), 1)
    return np.asarray(drawn, np.bool_)


def lab_picture(picture: Bytes) -> NDArray[np.float32]:
    """Return a BGR picture in CIE Lab (h, w, 3), L from 0 to 100."""
    import cv2

    return np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_BGR2Lab))
