"""Depth: how strongly one flat picture says near and far.

Three of the painters' cues (Cutting and Vishton, "Perceiving layout and knowing distances",
1995) that show without knowing what is in the picture: planes in and out of focus, air that
pales what is far, and layers of different colour from foreground to background.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from animstudio.film.composition.colours import Colours
from animstudio.media.imaging import Plane, resized

CELLS = (9, 16)
"""Rows and columns of cells that detail is compared over."""


def depth_of(energy: Plane, colours: Colours) -> float:
    """Return the depth cue, 0 (flat) to 1, of edge energy (h, w) and the picture's colours."""
    bands = [_mean_lab(band, colours) for band in np.array_split(colours.number, 3)]
    cells = resized(energy, CELLS)
    return 0.4 * _focus(cells) + 0.3 * _air(cells, bands) + 0.3 * _layers(bands)


def _focus(cells: Plane) -> float:
    """Return how far the sharp cells are above the soft ones: 1 at sixteen times the detail."""
    soft, sharp = np.percentile(cells, (10, 90))
    return float(np.clip(np.log2((sharp + 0.5) / (soft + 0.5)) / 4, 0, 1))


def _air(cells: Plane, bands: list[NDArray[np.float64]]) -> float:
    """Return how much paler and softer the top is than the bottom."""
    near, far = float(cells[-3:].mean()), float(cells[:3].mean())
    softer = (near - far) / (near + far) if near + far > 0 else 0.0
    paler = (bands[0][0] - bands[-1][0]) / 50
    return float(np.clip(0.5 * softer + 0.5 * paler, 0, 1))


def _layers(bands: list[NDArray[np.float64]]) -> float:
    """Return how far apart neighbouring thirds of the height are in colour: 1 at 40 of Lab."""
    steps = [np.linalg.norm(low - high) for low, high in pairwise(bands)]
    return float(np.clip(np.mean(steps) / 40, 0, 1))


def _mean_lab(number: NDArray[np.intp], colours: Colours) -> NDArray[np.float64]:
    if number.size == 0:
        return colours.share @ colours.lab
    count = np.bincount(number.ravel(), minlength=len(colours.share))
    return np.asarray(count @ colours.lab / number.size)
