"""How far apart the tracks of one character lie: learned from the tracks themselves."""

from __future__ import annotations

from typing import Final

import numpy as np

from animstudio.characters.gathered import Tracks, mean_of

WIDER: Final = 2.2
"""A character differs so many times more from shot to shot than within one."""
NARROWEST, WIDEST = 0.06, 0.4
"""Bounds of the cosine distance at which two tracks are still alike."""


def learned_reach(tracks: Tracks) -> float:
    """Return the cosine distance up to which two tracks are alike, as these tracks tell it.

    Pictures of one track are of one character: a character differs more from shot to shot, but
    in proportion. Tracks seen together are of two: so far nobody may be alike.
    """
    within = [
        float(d) for crops in tracks.crops if len(crops) > 1 for d in (1 - crops @ mean_of(crops))
    ]
    usual = float(np.quantile(within, 0.75)) if within else 0.05
    reach = float(np.clip(WIDER * 2 * usual, NARROWEST, WIDEST))
    between = [float(1 - tracks.vectors[a] @ tracks.vectors[b]) for a, b in sorted(tracks.apart)]
    if len(between) >= 3:
        reach = max(NARROWEST, min(reach, 0.9 * float(np.quantile(between, 0.1))))
    return round(reach, 4)
