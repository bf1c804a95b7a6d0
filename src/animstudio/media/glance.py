"""A fast look at a picture file: its luma in full, its colours small.

A JPEG's small colours come out of its own transform (1/8 of the size), which costs less than its
full colours would; every other format is decoded once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from animstudio.kernel.errors import WorkFailed
from animstudio.media.picture_file import Header
from animstudio.media.views import Bytes

LONGEST = 1536
"""Longest side at which luma is looked at; larger JPEGs are decoded at half of it or less."""


@dataclass(frozen=True, slots=True)
class Glance:
    """Luma (h, w), and BGR (h', w', 3) of 128 pixels or more where the picture has them."""

    luma: Bytes
    small: Bytes
    scale: float
    """Pixels of luma a pixel of the file."""


def glance(content: bytes, header: Header) -> Glance:
    """Return a look at a picture file's bytes. Raises WorkFailed if they do not decode."""
    import cv2

    data = np.frombuffer(content, np.uint8)
    if header.kind != "JPEG":
        colours = _decoded(data, cv2.IMREAD_COLOR)
        return Glance(_grey(colours), colours, 1.0)
    longest, shortest = max(header.width, header.height), min(header.width, header.height)
    grey = {1: cv2.IMREAD_GRAYSCALE, 2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
            4: cv2.IMREAD_REDUCED_GRAYSCALE_4, 8: cv2.IMREAD_REDUCED_GRAYSCALE_8}  # fmt: skip
    less = next((n for n in (1, 2, 4) if longest / n <= LONGEST), 8)
    tint = {1: cv2.IMREAD_COLOR, 2: cv2.IMREAD_REDUCED_COLOR_2,
            4: cv2.IMREAD_REDUCED_COLOR_4, 8: cv2.IMREAD_REDUCED_COLOR_8}  # fmt: skip
    small = next((n for n in (8, 4, 2) if shortest / n >= 64), 1)
    return Glance(_decoded(data, grey[less]), _decoded(data, tint[small]), 1 / less)


def _decoded(data: Bytes, how: int) -> Bytes:
    import cv2

    try:
        picture = cv2.imdecode(data, how) if len(data) else None
    except cv2.error as error:
        raise WorkFailed(f"does not decode: {error.err}") from error
    if picture is None:
        raise WorkFailed("does not decode")
    return np.asarray(picture, np.uint8)


def _grey(picture: Bytes) -> Bytes:
    import cv2

    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
