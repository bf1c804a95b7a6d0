"""Where a value stops being level, rises, and is level again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def fit_ramp(values: NDArray[np.float32], shortest: int) -> tuple[int, int] | None:
    """Return the ends (a, b), b - a >= shortest, of the ramp that fits `values` (m,) best.

    The ramp is level up to a, rises evenly to b, and is level from there; both levels are
    free. Least squares over every pair of ends. None when there are too few values.
    """
    m = len(values)
    if m <= shortest:
        return None
    first, last = (grid.ravel() for grid in np.meshgrid(np.arange(m), np.arange(m), indexing="ij"))
    long_enough = last - first >= shortest
    first, last = first[long_enough], last[long_enough]
    ramps = (np.arange(m, dtype=np.float32) - first[:, None]) / (last - first)[:, None]
    np.clip(ramps, 0, 1, out=ramps)
    ramps -= ramps.mean(1, keepdims=True)
    centred = values - values.mean()
    # Least squares: what a ramp explains of the values' spread.
    explained = np.square(ramps @ centred) / np.square(ramps).sum(1)
    best = int(explained.argmax())
    return int(first[best]), int(last[best])
