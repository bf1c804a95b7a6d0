"""Balance: whether the picture's visual weight rests on its middle."""

from __future__ import annotations

import numpy as np

from animstudio.media.imaging import Plane


def balance_of(weight: Plane) -> tuple[float, float]:
    """Return left-right and top-bottom balance of a weight map (h, w), each 0 to 1.

    1 when the centre of weight is in the middle, falling evenly to 0 when it is a quarter of
    the side away from it (all the weight spread over one half). A picture without weight
    rests.
    """
    total = float(weight.sum(dtype=np.float64))
    if total <= 0:
        return 1.0, 1.0
    height, width = weight.shape
    across = weight.sum(axis=0, dtype=np.float64) @ (np.arange(width) + 0.5)
    down = weight.sum(axis=1, dtype=np.float64) @ (np.arange(height) + 0.5)
    return _rests(across / total / width), _rests(down / total / height)


def _rests(centre: float) -> float:
    return float(max(0.0, 1.0 - 4.0 * abs(centre - 0.5)))
