"""Interlaced pictures: two moments in one frame, taken apart where they comb.

The flag alone says little (progressive film is often stored as fields), so a flagged frame
is only touched when it combs: somewhere, for what moves may be small. The measure and its
numbers are those of FFmpeg's `fieldmatch` filter (from Kevin Stone's TFM).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from animstudio.media.planes import plane_of
from animstudio.media.views import Plane

if TYPE_CHECKING:
    import av

TOOTH = 9
"""Levels of 255 by which a line stands out from both its neighbours in a combed pixel."""
BLOCK = 16
"""Side of the blocks in which combed pixels are counted."""
COMBED = 80
"""Combed pixels in one block that make a picture combed."""


def deinterlaced(frame: av.VideoFrame) -> av.VideoFrame:
    """Return the frame with its second field drawn anew from the first, if it combs.

    FFmpeg's `estdif` (edge slope tracing) needs no neighbouring frames.
    """
    if not frame.interlaced_frame or frame.format.is_rgb:
        return frame
    if not combs(plane_of(frame, 0), frame.format.components[0].bits):
        return frame
    from av.filter import Graph

    graph = Graph()
    source = graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=frame.time_base or Fraction(1, 25),
    )
    graph.link_nodes(source, graph.add("estdif", "mode=frame"), graph.add("buffersink"))
    graph.configure()
    graph.vpush(frame)
    graph.vpush(None)
    return graph.vpull()


def combs(luma: Plane, bits: int = 8) -> bool:
    """Say whether luma (h, w) of so many bits a sample shows two fields of different moments."""
    height, width = (luma.shape[0] - 4) // BLOCK * BLOCK, luma.shape[1] // BLOCK * BLOCK
    if not height or not width:
        return False
    rows = luma[:, :width].astype(np.int16) if bits == 8 else luma[:, :width].astype(np.int32)
    above2, above, here, below, below2 = (rows[i : i + height] for i in range(5))
    tooth = TOOTH << (bits - 8)
    up, down = here - above, here - below
    stands_out = ((up > tooth) & (down > tooth)) | ((up < -tooth) & (down < -tooth))
    wave = np.abs(above2 + 4 * here + below2 - 3 * (above + below)) > 6 * tooth
    combed = (stands_out & wave).reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK)
    return bool((combed.sum(axis=(1, 3)) > COMBED).any())
