"""How sharp a picture is: by its finest contrast, and by how wide its edges are."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from animstudio.dataset.quality.bands import bands_of
from animstudio.media.resample import laplacian, slopes_of, smooth, within
from animstudio.media.views import Bytes

SIGMA: Final = 1.0
"""Pixels of the blur that edges are compared before and after."""
EDGE: Final = 28
"""Slope (Sobel, levels times 8) from which a pixel counts as an edge: grain stays below it."""
FEWEST: Final = 64
"""Pixels of edges below which nothing can be said of their width."""
BORDER: Final = 11
"""Pixels around which a mask must be set for an edge to be its subject's own."""
ENOUGH: Final = 20_000
"""Pixels of edges that are looked at, of more than that."""


def laplacian_variance(luma: Bytes, mask: NDArray[np.bool_] | None = None) -> float:
    """Return the variance of the Laplacian of luma (h, w), where the mask is set.

    Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", ICPR 2000.
    """
    response = laplacian(luma)
    inside = response[mask] if mask is not None and mask.any() else response
    return float(inside.var())


def edge_width(luma: Bytes, mask: NDArray[np.bool_] | None = None) -> float | None:
    """Return how wide the sharper edges of luma are, as a Gaussian's sigma in pixels.

    With a mask, only edges inside it count: its own border may have been cut sharply.

    None where there are none. Flat colours have no finest contrast, however sharp they are
    drawn, so that their edges speak. Zhuo and Sim, "Defocus map estimation from a single
    image", Pattern Recognition 44(9), 2011: with R the ratio of slopes before and after a blur of
    s0, an edge's own sigma is s0 / sqrt(R^2 - 1). A slope is the sum of its two parts here, which
    costs a third of their root, and has the same ratio wherever an edge keeps its direction.
    """
    bands = bands_of(luma)
    before = [_slopes(band) for band in bands]
    if mask is not None and not mask.all():
        for slopes, inside in zip(before, bands_of(within(mask, BORDER)), strict=True):
            slopes[~inside[4:-4]] = 0
    some = np.concatenate([band[::4, ::8].ravel() for band in before])
    if not len(some):  # so narrow that all of it is border
        return None
    limit = int(max(EDGE, np.percentile(some, 98) / 2))
    places = [np.flatnonzero(band > limit) for band in before]
    count = sum(map(len, places))
    if count * luma.shape[0] < FEWEST * sum(map(len, before)):
        return None
    step = count // ENOUGH + 1
    ratios = []
    for band, sharp, found in zip(bands, before, places, strict=True):
        if len(edges := found[::step]):
            soft = _slopes(smooth(band, SIGMA))
            ratios.append(sharp.ravel()[edges] / np.maximum(soft.ravel()[edges], 1))
    ratio = float(np.percentile(np.concatenate(ratios), 75))
    return float(min(20.0, SIGMA / max(ratio**2 - 1, 1e-4) ** 0.5))


def _slopes(band: Bytes) -> NDArray[np.int16]:
    """Return how steep a band is, but for the rows at its ends, whose neighbours are missing."""
    right, down = slopes_of(band)
    return np.abs(right[4:-4]) + np.abs(down[4:-4])
