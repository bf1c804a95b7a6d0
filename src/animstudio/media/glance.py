"""A fast look at a picture file: its luma nearly in full, its colours small.

A JPEG's small colours come out of its own transform (1/8 of the size), which costs less than its
full colours would; every other format is decoded once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from animstudio.kernel.errors import WorkFailed
from animstudio.media.picture_file import Header
from animstudio.media.png_fast import decode_png
from animstudio.media.views import Bytes

LONGEST: Final = 1536
"""Longest side at which luma is looked at; larger pictures are looked at by 1/2, 1/4 or 1/8."""
SHORTEST: Final = 64
"""Shorter side of the small colours, at least, where the picture has as many pixels."""


@dataclass(frozen=True, slots=True)
class Glance:
    """Luma (h, w) uint8, and the small colours, BGR (h', w', 3)."""

    luma: Bytes
    small: Bytes
    scale: float
    """Pixels of luma a pixel of the file."""


def glance(content: bytes, header: Header) -> Glance:
    """Return a look at a JPEG's or PNG's bytes. Raises WorkFailed if they do not decode."""
    import cv2

    if header.kind != "JPEG":
        return glance_at(_in_colours(content))
    grey = {1: cv2.IMREAD_GRAYSCALE, 2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
            4: cv2.IMREAD_REDUCED_GRAYSCALE_4, 8: cv2.IMREAD_REDUCED_GRAYSCALE_8}  # fmt: skip
    less = _reductions(header.width, header.height)[0]
    return Glance(_decoded(content, grey[less]), small_of(content, header), 1 / less)


def small_of(content: bytes, header: Header) -> Bytes:
    """Return only the small colours of a JPEG's or PNG's bytes. Raises WorkFailed."""

    least = _reductions(header.width, header.height)[1]
    if header.kind != "JPEG":
        return _reduced(_in_colours(content), least)
    return _decoded(content, _tint(least))


def colours_of(content: bytes, header: Header, longest: int) -> Bytes:
    """Return a JPEG's or PNG's colours, its longer side `longest` or more where it has as many.

    Raises WorkFailed if its bytes do not decode.
    """

    times = next((n for n in (8, 4, 2) if max(header.width, header.height) >= n * longest), 1)
    if header.kind != "JPEG":
        return _reduced(_in_colours(content), times)
    return _decoded(content, _tint(times))


def glance_at(picture: Bytes) -> Glance:
    """Return a look at a BGR picture (h, w, 3)."""
    import cv2

    less, least = _reductions(picture.shape[1], picture.shape[0])
    near = _reduced(picture, less)
    return Glance(
        np.asarray(cv2.cvtColor(near, cv2.COLOR_BGR2GRAY), np.uint8),
        _reduced(near, least // less),
        1 / less,
    )


def _tint(times: int) -> int:
    """Return how OpenCV is told to decode a JPEG's colours at 1/`times` of its size."""
    import cv2

    return {1: cv2.IMREAD_COLOR, 2: cv2.IMREAD_REDUCED_COLOR_2,
            4: cv2.IMREAD_REDUCED_COLOR_4, 8: cv2.IMREAD_REDUCED_COLOR_8}[times]  # fmt: skip


def _reductions(width: int, height: int) -> tuple[int, int]:
    """Return by how much luma is reduced, and by how much the colours: 1, 2, 4 or 8."""
    less = next((n for n in (1, 2, 4) if max(width, height) / n <= LONGEST), 8)
    least = next((n for n in (8, 4, 2) if min(width, height) / n >= SHORTEST), 1)
    return less, max(less, least)


def _reduced(picture: Bytes, times: int) -> Bytes:
    """Return a picture at 1/`times` of its size, by halves: OpenCV has these vectorised."""
    import cv2

    while times > 1:
        size = max(1, picture.shape[1] // 2), max(1, picture.shape[0] // 2)
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        times //= 2
    return picture


def _in_colours(content: bytes) -> Bytes:
    """Return BGR (h, w, 3) of a picture that is no JPEG."""
    import cv2

    picture = decode_png(content)
    return _decoded(content, cv2.IMREAD_COLOR) if picture is None else picture


def _decoded(content: bytes, how: int) -> Bytes:
    import cv2

    try:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), how) if content else None
    except cv2.error as error:
        raise WorkFailed(f"does not decode: {error.err}") from error
    if picture is None:
        raise WorkFailed("does not decode")
    return np.asarray(picture, np.uint8)
