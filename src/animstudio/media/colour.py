"""Small colour conversions for analysers, which are numpy only."""

from __future__ import annotations

import numpy as np

from animstudio.media.views import Bytes


def hsv_of(bgr: Bytes) -> Bytes:
    """Return hue 0-179, saturation and value 0-255 of a BGR picture (h, w, 3)."""
    import cv2

    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV), np.uint8)


def thumbnail(bgr: Bytes, width: int, height: int) -> Bytes:
    """Return the picture squeezed by area into (height, width, 3), whatever its shape was."""
    import cv2

    return np.asarray(cv2.resize(bgr, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def hsv_change(now: Bytes, before: Bytes) -> tuple[float, float, float]:
    """Return the mean absolute differences of hue, saturation and value of two HSV pictures.

    Hue is an angle (0-179 turns once), so the shorter way round counts, and only as far as
    both pixels have a colour: it is weighted by the lesser saturation. Saturation is weighted
    by the lesser value: in the dark it is noise.
    """
    import cv2

    hue, saturation, value = cv2.split(cv2.absdiff(now, before))
    _, floor_s, floor_v = cv2.split(cv2.min(now, before))
    hue = cv2.min(hue, 180 - hue)
    hue = cv2.multiply(hue, floor_s, scale=1 / 255, dtype=cv2.CV_32F)
    saturation = cv2.multiply(saturation, floor_v, scale=1 / 255, dtype=cv2.CV_32F)
    return cv2.mean(hue)[0], cv2.mean(saturation)[0], cv2.mean(value)[0]


def mean_and_deviation(plane: Bytes) -> tuple[float, float]:
    """Return the mean and the standard deviation of a plane (h, w)."""
    import cv2

    mean, deviation = cv2.meanStdDev(plane)
    return float(mean[0, 0]), float(deviation[0, 0])


def mean_difference(now: Bytes, before: Bytes) -> float:
    """Return the mean absolute difference of two planes (h, w)."""
    import cv2

    return float(cv2.norm(now, before, cv2.NORM_L1) / now.size)
