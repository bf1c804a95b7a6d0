"""The light of a shot, taken out of what is to be recognised in another one."""

from __future__ import annotations

from typing import Final

import numpy as np

from animstudio.media.views import Bytes
from animstudio.models.seams import Mask

GREY: Final = 120.0
"""The level that a thing's mean colour is brought near to."""
RELIT: Final = 0.7
"""How near, from 0 (it stays) to 1 (every thing is grey on average)."""


def relit(picture: Bytes, mask: Mask) -> Bytes:
    """Return a picture (h, w, 3) with most of its light's strength and tint taken out.

    As in von Kries' rule each channel is scaled, so that the mean colour of the thing (h, w) comes
    near grey: a shot in another light shows the same colours. Not all the way, or a red thing and
    a blue one would be alike. Without a thing all of the picture counts.
    """
    own = picture[mask] if mask.any() else picture.reshape(-1, 3)
    mean = own.mean(axis=0, dtype=np.float64) + 8  # of black nothing is known
    return np.asarray(np.clip(picture * (GREY / mean) ** RELIT, 0, 255), np.uint8)
