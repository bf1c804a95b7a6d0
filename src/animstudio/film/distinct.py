"""Numbers in order, each once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def distinct(ordered: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return (m,) the different ones of (n,) integers that do not decrease.

    What `numpy.unique` does, but that loads all of `numpy.ma`, 40 ms at every start.
    """
    return ordered[np.flatnonzero(np.diff(ordered, prepend=ordered[:1] - 1))]
