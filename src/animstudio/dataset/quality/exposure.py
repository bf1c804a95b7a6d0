"""How light a picture is, how much of it is clipped, and how much there is to see in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from animstudio.media.resample import histogram
from animstudio.media.views import Bytes


@dataclass(frozen=True, slots=True)
class Exposure:
    """Luma in numbers.

    dark:    its 99th percentile, 0-1; a picture is dark when even its lights are.
    light:   its 5th percentile, 0-1; a picture is blown out when even its darks are light.
    clipped: share of pixels at either end.
    entropy: of its histogram, bits, 0-8.
    """

    dark: float
    light: float
    clipped: float
    entropy: float


def exposure_of(luma: Bytes, mask: NDArray[np.bool_] | None = None) -> Exposure:
    """Return the exposure of luma (h, w), where the mask is set.

    The rules for dark and light are CleanVision's, which asks the percentiles.
    """
    count = histogram(luma, mask if mask is not None and mask.any() else None)
    share = count / count.sum()
    rising = share.cumsum()
    some = share[share > 0]
    return Exposure(
        dark=float(np.searchsorted(rising, 0.99)) / 255,
        light=float(np.searchsorted(rising, 0.05)) / 255,
        clipped=float(share[:2].sum() + share[254:].sum()),
        entropy=float(-(some * np.log2(some)).sum()) + 0.0,
    )
