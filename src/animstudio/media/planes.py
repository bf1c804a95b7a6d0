"""The planes of a decoded frame as arrays, without a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from animstudio.media.views import Plane

if TYPE_CHECKING:
    import av


def bytes_of_picture(pixel_format: str, width: int, height: int) -> int:
    """Return how much memory a decoded picture takes; `pixel_format` is FFmpeg's name."""
    import av

    return max(1, width * height * av.VideoFormat(pixel_format).padded_bits_per_pixel // 8)


def plane_of(frame: av.VideoFrame, index: int) -> Plane:
    """Return a plane (h, w) of a planar frame: uint8, or uint16 where samples have more bits.

    It is a view of the frame's memory, good as long as the frame is.
    """
    plane: Any = frame.planes[index]
    wide = frame.format.components[0].bits > 8
    rows: Any = np.frombuffer(plane, np.uint16 if wide else np.uint8)
    return cast(Plane, rows.reshape(plane.height, -1)[:, : plane.width])
