"""How noisy a picture is, measured where it is flat."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from animstudio.dataset.quality.bands import bands_of
from animstudio.media.resample import noise_of_blocks
from animstudio.media.views import Bytes

SIDE: Final = 16
"""Pixels of a block's side."""


def noise_level(luma: Bytes) -> float:
    """Return the deviation of noise in luma (h, w), in levels.

    Immerkaer's mask, but a low percentile of blocks' means instead of the mean of all, so that
    drawn lines and texture are not taken for noise. A block that is clipped says nothing.
    """
    if min(luma.shape) < SIDE:
        return 0.0
    found = [_open_blocks(band) for band in bands_of(luma) if len(band) >= SIDE]
    blocks = np.concatenate(found)
    return float(np.percentile(blocks, 30)) if len(blocks) else 0.0


def _open_blocks(band: Bytes) -> NDArray[np.float64]:
    blocks = noise_of_blocks(band, SIDE)
    rows, columns = blocks.shape
    plain = band[SIDE // 2 :: SIDE, SIDE // 2 :: SIDE][:rows, :columns]
    return blocks[(plain > 8) & (plain < 247)]
