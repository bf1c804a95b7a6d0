"""How unlike two signatures are, whatever was between them."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from animstudio.film.content import SIGNATURE

Signatures = NDArray[np.float32]
"""(n, 432): signatures as `flat` leaves them."""

_BLOCKS = (3, 4)
_REACH = (1, 2)  # cells that a block may have moved
_NOISE = 10.0  # levels squared


def flat(signature: NDArray[np.uint8]) -> Signatures:
    """Return signatures (n, 9, 16, 3) as rows of numbers (n, 432)."""
    return signature.reshape(len(signature), SIGNATURE[0] * SIGNATURE[1] * 3).astype(np.float32)


def distance(some: Signatures, others: Signatures) -> NDArray[np.float32]:
    """Return the root mean square difference in levels, 0-255, row by row (broadcast)."""
    return np.sqrt(np.square(some - others).mean(-1))


def unlike(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return what share 0-1 of `other` (432,) is not found in `one` (432,).

    Each of 12 blocks may have moved by an eighth of the picture. 0 is the same picture, above
    about 0.25 another one; a scale of its own, so that it means the same in the dark. As
    `Measures.novelty`, but on signatures, which are kept.
    """
    before, now = one.reshape(*SIGNATURE, 3), other.reshape(*SIGNATURE, 3)
    rows, columns = _REACH
    padded = np.pad(before, ((rows, rows), (columns, columns), (0, 0)), mode="edge")
    shifted = sliding_window_view(padded, SIGNATURE, axis=(0, 1)).transpose(0, 1, 3, 4, 2)
    left = _blocks(np.square(shifted - now)).sum(-1).min((0, 1))
    means, energy = _moments(now)
    means_before, energy_before = _moments(before)
    jump = np.square(means - means_before).sum(-1)
    return float((left / (energy + energy_before + jump + _NOISE)).mean())


def blocks_of(rows: Signatures) -> NDArray[np.float32]:
    """Return the means of the 12 blocks, (n, 36): a signature that small motion hardly moves."""
    return _blocks(rows.reshape(-1, *SIGNATURE, 3)).reshape(len(rows), -1)


def _blocks(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (..., 3, 4, 3) means of blocks of (..., 9, 16, 3)."""
    tall, wide = SIGNATURE[0] // _BLOCKS[0], SIGNATURE[1] // _BLOCKS[1]
    cells = planes.reshape(*planes.shape[:-3], _BLOCKS[0], tall, _BLOCKS[1], wide, 3)
    return cells.mean((-4, -2), dtype=np.float32)


def _moments(plane: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the colour of each block (3, 4, 3) and its variance, colours together (3, 4)."""
    means = _blocks(plane)
    return means, (_blocks(np.square(plane)) - np.square(means)).sum(-1)
