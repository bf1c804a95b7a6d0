"""How far apart the tracks of one character lie: learned from the tracks themselves."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from animstudio.characters.gathered import Tracks, mean_of
from animstudio.characters.grouping import FAR, distances
from animstudio.models.registry import Scale

WIDER: Final = 2.2
"""A character differs so many times more from shot to shot than within one, at the least."""
ENOUGH: Final = 6
"""Tracks below which their distances from shot to shot tell nothing."""
SEEN: Final = 3
"""Pairs that are seen together, from which they tell something."""


def learned_reach(tracks: Tracks, scale: Scale) -> float:
    """Return the cosine distance up to which two tracks are alike, as these tracks tell it.

    The nearest track of another shot is mostly the same character, and most tracks are of others:
    the reach lies midway between, as a ratio. Where there are few tracks it is told by how much
    the pictures of a track differ. Tracks seen together are of two: so far nobody may be alike.
    `scale` is the embedder's.
    """
    across = _across_shots(tracks)
    usable = (across < FAR).any(axis=1)
    if np.count_nonzero(usable) >= ENOUGH:
        nearest = float(np.median(across[usable].min(axis=1)))
        usual = float(np.median(across[across < FAR]))
        reach = scale.careful * (nearest * usual) ** 0.5
    else:
        reach = WIDER * 2 * _within(tracks)
    reach = float(np.clip(reach, scale.narrowest, scale.widest))
    between = [float(1 - tracks.vectors[a] @ tracks.vectors[b]) for a, b in sorted(tracks.apart)]
    if len(between) >= SEEN:
        reach = max(scale.narrowest, min(reach, 0.9 * float(np.quantile(between, 0.1))))
    return round(reach, 4)


def _across_shots(tracks: Tracks) -> NDArray[np.float64]:
    """Return the distances (n, n) of tracks of different shots; FAR for others."""
    found = distances(tracks.vectors)
    shots: dict[tuple[str, int], int] = {}
    own = [
        shots.setdefault((instances[0].film, instances[0].shot), len(shots))
        for instances in tracks.instances
    ]
    number = np.array(own, np.intp)
    found[number[:, None] == number[None, :]] = FAR
    return found


def _within(tracks: Tracks) -> float:
    """Return how far a picture of a track usually lies from the track's mean."""
    found = [
        float(d) for crops in tracks.crops if len(crops) > 1 for d in (1 - crops @ mean_of(crops))
    ]
    return float(np.quantile(found, 0.75)) if found else 0.05
