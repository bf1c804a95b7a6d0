"""Whether a cut-out is surely a figure: its outline, the ground around it, its own colours."""

from __future__ import annotations

from typing import Final

import numpy as np

from animstudio.media.cutout import Mask, grown, hull, lab_picture
from animstudio.media.imaging import Plane, blurred, box_mean
from animstudio.media.views import Bytes

BAND: Final = 4
"""Width of the bands within and without the outline, in pixels of a picture 384 wide."""
STEP: Final = 9.0
"""Lab difference between the two bands from which an outline has an edge."""
EDGE: Final = 0.96
"""Share of the outline that has one."""
CALM: Final = 0.15
"""Texture of the ground beside the outline, as a share of the step across it."""
FULL: Final = 0.6
"""Share of its hull that a compact figure fills."""
SLIM: Final = 4.0
"""How many times as long as wide it may be."""
COLOURS: Final = 6.0
"""Lab spread of a figure's own colours: what has one colour is a letter, a stone or the moon."""
MOST: Final = 0.5
"""The score of a figure of which no motion is known."""


def sureness(picture: Bytes, mask: Mask) -> float:
    """Return how surely a mask (h, w) of a picture is a figure on calm ground; 0 if it is not."""
    if not _is_compact(mask):
        return 0.0
    lab = blurred(lab_picture(picture), 0.7)
    own = lab[grown(mask, -2)]
    if len(own) == 0 or np.sqrt(own.var(axis=0).sum()) < COLOURS:
        return 0.0
    steps, textures = _across(lab, mask)
    edge = float((steps >= STEP).mean())
    if edge < EDGE or np.median(textures) > CALM * np.median(steps):
        return 0.0
    return MOST * edge


def _is_compact(mask: Mask) -> bool:
    """Say whether a mask fills its hull, and is no long strip."""
    high, wide = (np.ptp(places) + 1 for places in np.nonzero(mask))
    fills = np.count_nonzero(mask) >= FULL * np.count_nonzero(hull(mask))
    return bool(fills and max(high, wide) <= SLIM * min(high, wide))


def _across(lab: Plane, mask: Mask) -> tuple[Plane, Plane]:
    """Return the step of Lab across each pixel of the outline (n,), and the ground's texture."""
    band = max(2, round(BAND * mask.shape[1] / 384))
    side = 2 * band + 3
    within, _ = _local(lab, mask & ~grown(mask, -band), side)
    without, texture = _local(lab, grown(mask, band + 1) & ~grown(mask, 1), side)
    line = mask & ~grown(mask, -1)
    steps = np.sqrt(np.square(within - without).sum(axis=2))
    return np.asarray(steps[line]), np.asarray(texture[line])


def _local(lab: Plane, where: Mask, side: int) -> tuple[Plane, Plane]:
    """Return mean (h, w, 3) and spread (h, w) of Lab over squares of `side`, of a mask only."""
    share = np.maximum(box_mean(where.astype(np.float32), side), 1e-6)
    mean = box_mean(lab * where[:, :, None], side) / share[:, :, None]
    square = box_mean(np.square(lab) * where[:, :, None], side) / share[:, :, None]
    spread = np.sqrt(np.maximum(square - np.square(mean), 0).sum(axis=2))
    return np.asarray(mean, np.float32), np.asarray(spread, np.float32)
