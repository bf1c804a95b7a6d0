"""How much two pictures differ where they differ most, whatever happened to all of both."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from animstudio.media.views import Bytes

EDGE: Final = 2
"""Cells at the border that are not compared: a crop brings others in."""
FAINT: Final = 4.0
"""Levels that are added to a picture's contrast, so that noise in a flat one says little."""

Cells = NDArray[np.float32]


def changes(ones: Bytes, others: Bytes) -> Cells:
    """Return for each pair of small luma planes (n, s, s) how much of it changed (n,).

    One is told by the other's brightness, contrast, place and size, fitted by least squares over
    all cells (Lucas and Kanade, "An iterative image registration technique", IJCAI 1981, one
    step, both ways); what is left counts where it is most, averaged over 3x3 cells, as a share
    of the picture's contrast. A crop, another quality or light leave little; a limb that moved
    before the same ground leaves much in its place.
    """
    one, other = _even(ones), _even(others)
    return np.minimum(_left(one, other), _left(other, one))


def _even(planes: Bytes) -> Cells:
    """Return planes smoothed by 1-2-1 both ways, of contrast 1 around 0."""
    cells = planes.astype(np.float32)
    wide = np.pad(cells, ((0, 0), (1, 1), (1, 1)), mode="edge")
    rows = wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]
    cells = (rows[:, :, :-2] + 2 * rows[:, :, 1:-1] + rows[:, :, 2:]) / 16
    cells -= cells.mean(axis=(1, 2), keepdims=True)
    return np.asarray(cells / (cells.std(axis=(1, 2), keepdims=True) + FAINT), np.float32)


def _left(one: Cells, other: Cells) -> Cells:
    """Return what `one` has that is not told by `other`, where it has most of it."""
    count, side = one.shape[:2]
    down: Cells = np.asarray(np.gradient(other, axis=1), np.float32)
    right: Cells = np.asarray(np.gradient(other, axis=2), np.float32)
    place = np.linspace(-1, 1, side, dtype=np.float32)
    terms = [other, np.ones_like(other), right, right * place, down, down * place[:, None]]
    inner = side - 2 * EDGE
    cut = np.s_[:, EDGE:-EDGE, EDGE:-EDGE]
    basis = np.stack([term[cut].reshape(count, -1) for term in terms], axis=1)
    target = one[cut].reshape(count, -1, 1)
    gram = basis @ basis.transpose(0, 2, 1) + 1e-3 * np.eye(len(terms), dtype=np.float32)
    told = np.linalg.solve(gram, basis @ target)
    rest = np.abs(target[:, :, 0] - (told.transpose(0, 2, 1) @ basis)[:, 0])
    rest = rest.reshape(count, inner, inner)
    rows = rest[:, :-2] + rest[:, 1:-1] + rest[:, 2:]
    near = (rows[:, :, :-2] + rows[:, :, 1:-1] + rows[:, :, 2:]) / 9
    return np.asarray(near.max(axis=(1, 2)), np.float32)
