"""Interlaced pictures: two moments in one frame, taken apart where they comb.

The flag alone says little (progressive film is often stored as fields), so a flagged frame
is only touched when its neighbouring lines differ more than lines of one field do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import av

COMBED = 1.2
"""Difference of neighbouring lines over that of lines two apart; a still picture has < 1."""


def deinterlaced(frame: av.VideoFrame) -> av.VideoFrame:
    """Return the frame with its second field drawn anew from the first, if it combs.

    FFmpeg's `estdif` (edge slope tracing) needs no neighbouring frames.
    """
    if not frame.interlaced_frame or combing(_luma(frame)) < COMBED:
        return frame
    from av.filter import Graph

    graph = Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
    )
    graph.link_nodes(source, graph.add("estdif", "mode=frame"), graph.add("buffersink"))
    graph.configure()
    graph.vpush(frame)
    graph.vpush(None)
    return graph.vpull()


def combing(luma: NDArray[np.uint8] | NDArray[np.uint16]) -> float:
    """Return how much neighbouring lines differ, relative to lines two apart."""
    rows = luma[:, ::4].astype(np.float32)
    if len(rows) < 4:
        return 0.0
    near = float(np.abs(rows[1:] - rows[:-1]).mean())
    far = float(np.abs(rows[2:] - rows[:-2]).mean())
    return near / max(far, 1e-3)


def _luma(frame: av.VideoFrame) -> NDArray[np.uint8]:
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(plane.height, -1)[:, : plane.width]
