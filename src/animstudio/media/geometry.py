"""How a film's coded planes become a picture: aspect, rotation, range, matrix."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from animstudio.media.views import Bytes, fit

if TYPE_CHECKING:
    from animstudio.media.probe import FilmProbe


@dataclass(frozen=True, slots=True)
class Geometry:
    """A film's picture format.

    width, height: coded pixels. pixel_aspect: width of a pixel over its height.
    rotation:      degrees clockwise the picture must be turned for display, 0, 90, 180, 270.
    mirrored:      left and right must be exchanged before that.
    transfer:      "sdr", "pq" or "hlg".
    matrix:        FFmpeg's number for the YUV matrix (1 BT.709, 5 BT.601, 9 BT.2020).
    full_range:    samples span 0-255 rather than 16-235.
    square_size:   width and height with square pixels, before rotation: no side shrinks.
    """

    width: int
    height: int
    pixel_aspect: Fraction
    rotation: int
    mirrored: bool
    transfer: str
    matrix: int
    full_range: bool
    square_size: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        width, height, aspect = self.width, self.height, self.pixel_aspect
        if aspect >= 1:
            size = max(1, round(width * aspect)), height
        else:
            size = width, max(1, round(height / aspect))
        object.__setattr__(self, "square_size", size)  # asked for with every frame

    @classmethod
    def of(cls, probe: FilmProbe) -> Geometry:
        """Return the format of a probed film.

        An unnamed matrix is BT.709 in high definition, also where its bars were cut off.
        """
        named = probe.colour_space in (1, 4, 5, 6, 7, 9, 10)
        high = probe.width >= 1280 or probe.height > 576
        return cls(
            width=probe.width,
            height=probe.height,
            pixel_aspect=probe.pixel_aspect,
            rotation=probe.rotation,
            mirrored=probe.mirrored,
            transfer=probe.transfer,
            matrix=probe.colour_space if named else (1 if high else 5),
            full_range=probe.full_range,
        )

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height as seen."""
        width, height = self.square_size
        return (height, width) if self.rotation in (90, 270) else (width, height)

    @property
    def turned(self) -> bool:
        """Whether the picture is shown otherwise than it lies."""
        return bool(self.rotation or self.mirrored)

    def small(self, side: int) -> tuple[int, int]:
        """Width and height, before rotation, of a view whose longest side is `side` at most."""
        width, height = self.square_size
        factor = min(1.0, side / max(width, height))
        return max(1, round(width * factor)), max(1, round(height * factor))

    def square(self, picture: Bytes) -> Bytes:
        """Return the picture with square pixels."""
        return fit(picture, self.square_size)

    def turn(self, picture: Bytes) -> Bytes:
        """Return the picture upright."""
        if not self.turned:
            return picture
        if self.mirrored:
            picture = picture[:, ::-1]
        return np.ascontiguousarray(np.rot90(picture, -(self.rotation // 90)))


def orientation(matrix: bytes) -> tuple[int, bool]:
    """Return rotation and mirroring, as in `Geometry`, of a display matrix.

    That is nine 32-bit numbers, row by row, by which (x, y, 1) is multiplied from the left
    (ISO/IEC 14496-12, 6.2.2); only the four that turn and mirror count.
    """
    a, b, _, c, d = np.frombuffer(matrix, np.int32).tolist()[:5]
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    return round(math.degrees(math.atan2(b, a)) / 90) * 90 % 360, mirrored
