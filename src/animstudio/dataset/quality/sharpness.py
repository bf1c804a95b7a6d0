"""How sharp a picture is: by its finest contrast, and by how wide its edges are."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from animstudio.media.resample import gradient, laplacian
from animstudio.media.views import Bytes

SIGMA: Final = 1.0
"""Pixels of the blur that edges are compared before and after."""
EDGE: Final = 24.0
"""Slope (Sobel, levels times 8) from which a pixel counts as an edge: grain stays below it."""
FEWEST: Final = 64
"""Pixels of edges below which nothing can be said of their width."""


def laplacian_variance(luma: Bytes, mask: NDArray[np.bool_] | None = None) -> float:
    """Return the variance of the Laplacian of luma (h, w), where the mask is set.

    Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", ICPR 2000.
    """
    response = laplacian(luma)
    inside = response[mask] if mask is not None and mask.any() else response
    return float(inside.var())


def edge_width(luma: Bytes) -> float | None:
    """Return how wide the sharper edges of luma are, as a Gaussian's sigma in pixels.

    None where there are none. Flat colours have no finest contrast, however sharp they are
    drawn, so that their edges speak. Zhuo and Sim, "Defocus map estimation from a single
    image", Pattern Recognition 44(9), 2011: with R the ratio of slopes before and after a blur of
    s0, an edge's own sigma is s0 / sqrt(R^2 - 1).
    """
    before = gradient(luma)
    strong = before > max(EDGE, float(np.percentile(before[::2, ::2], 98)) / 2)
    if int(np.count_nonzero(strong)) < FEWEST:
        return None
    after = gradient(luma, SIGMA)[strong]
    ratios = before[strong] / np.maximum(after, 1e-3)
    ratio = float(np.percentile(ratios, 75))
    return float(min(20.0, SIGMA / max(ratio**2 - 1, 1e-4) ** 0.5))
