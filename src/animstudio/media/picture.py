"""One decoded picture, and what can be made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from animstudio.media.views import Bytes, Views, shrink, views_of_planes

if TYPE_CHECKING:
    import av


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded frame and its place in the film."""

    frame: av.VideoFrame
    index: int

    @property
    def pts(self) -> int:
        """Presentation time in ticks of the stream's time base."""
        return self.frame.pts or 0

    def views(self) -> Views:
        """Return the small views that analysers share."""
        import cv2

        luma, u, v = (_plane(self.frame, i) for i in range(3))
        small = shrink(luma, 160)
        size = (small.shape[1], small.shape[0])
        uv = [cv2.resize(shrink(p, 160), size, interpolation=cv2.INTER_AREA) for p in (u, v)]
        colour = cv2.cvtColor(np.dstack([small, uv[1], uv[0]]), cv2.COLOR_YCrCb2BGR)
        return views_of_planes(luma, np.asarray(colour, np.uint8))

    def bgr(self) -> Bytes:
        """Return the full picture, BGR (h, w, 3)."""
        return np.asarray(self.frame.to_ndarray(format="bgr24"), np.uint8)


def _plane(frame: av.VideoFrame, index: int) -> Bytes:
    plane = frame.planes[index]
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]
