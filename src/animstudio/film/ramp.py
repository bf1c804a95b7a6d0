"""Where a value stops being level, rises, and is level again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def fit_ramp(values: NDArray[np.float32], shortest: int) -> tuple[int, int] | None:
    """Return the ends (a, b), b - a >= shortest, of the ramp that fits `values` (m,) best.

    The ramp is level up to a, rises (or falls) evenly to b, and is level from there; both
    levels are free. Least squares over every pair of ends, the sums over a ramp taken from
    running sums of the values, so that it costs m squared. None when there are too few values.
    """
    m = len(values)
    if m <= shortest:
        return None
    first, last = np.triu_indices(m, shortest)
    length = last - first
    centred = values.astype(np.float64) - float(values.mean())
    total = np.concatenate([[0.0], np.cumsum(centred)])
    moment = np.concatenate([[0.0], np.cumsum(centred * np.arange(m))])
    after = first + 1
    rising = moment[last] - moment[after] - first * (total[last] - total[after])
    together = rising / length + total[m] - total[last]
    ramp = (length - 1) / 2 + (m - last)
    squares = (length - 1) * (2 * length - 1) / (6 * length) + (m - last)
    explained = np.square(together) / np.maximum(squares - ramp * ramp / m, 1e-9)
    best = int(explained.argmax())
    return int(first[best]), int(last[best])
