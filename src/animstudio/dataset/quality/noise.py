"""How noisy a picture is, measured where it is flat."""

from __future__ import annotations

import numpy as np

from animstudio.media.resample import noise_response
from animstudio.media.views import Bytes


def noise_level(luma: Bytes) -> float:
    """Return the deviation of noise in luma (h, w), in levels.

    Immerkaer's mask, but the median of blocks' means instead of the mean of all, so that drawn
    lines and texture are not taken for noise. A block that is clipped says nothing.
    """
    side = 16
    rows, columns = luma.shape[0] // side, luma.shape[1] // side
    if not rows or not columns:
        return 0.0
    cut = np.s_[: rows * side, : columns * side]
    strength = np.abs(noise_response(luma)[cut])
    blocks = strength.reshape(rows, side, columns, side).mean(axis=(1, 3))
    plain = luma[cut][side // 2 :: side, side // 2 :: side]
    open_ = blocks[(plain > 8) & (plain < 247)]
    if not len(open_):
        return 0.0
    return float(np.sqrt(np.pi / 2) / 6 * np.percentile(open_, 30))
