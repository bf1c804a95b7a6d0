"""The pictures that differ most, spread over the shots, where there are more than are wanted."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray


def most_different(
    vectors: NDArray[np.float32], scenes: Sequence[Hashable], sharpness: Sequence[float], count: int
) -> list[int]:
    """Return the numbers of `count` pictures, in rising order.

    Farthest point first (Gonzalez, "Clustering to minimize the maximum intercluster distance",
    1985): each next one is the least like those taken, among the shots that gave fewest so far.
    The sharpest begins; ties go to the sharper, then to the earlier.
    """
    total = len(vectors)
    if total <= count:
        return list(range(total))
    numbers = {scene: n for n, scene in enumerate(dict.fromkeys(scenes))}
    shot = np.array([numbers[scene] for scene in scenes])
    given = np.zeros(len(numbers), np.int64)
    sharp = np.argsort(np.argsort(np.asarray(sharpness), kind="stable"), kind="stable")
    left = np.ones(total, np.bool_)
    far = np.full(total, np.inf)
    taken: list[int] = []
    while len(taken) < count:
        fewest = left & (given[shot] == given[shot[left]].min())
        best = max(np.flatnonzero(fewest).tolist(), key=lambda n: (far[n], sharp[n], -n))
        taken.append(best)
        left[best] = False
        given[shot[best]] += 1
        far = np.minimum(far, 1 - vectors @ vectors[best])
    return sorted(taken)
