"""How unlike two signatures are, whatever was between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from animstudio.film.content import SIGNATURE

Signatures = NDArray[np.float32]
"""(n, 432): signatures as `flat` leaves them."""

BLOCKS = 12
"""Parts a signature is looked at in: 3 rows of 4."""
_REACH = (1, 2)  # cells that a block may have moved
_NOISE = 10.0  # levels squared

_BLACK, _WHITE = 24.0, 228.0  # mean level at most, at least
_FLAT = 8.0  # greatest less least level of a blank picture's middle
_BAR = 10.0  # levels: what is darker in both pictures may be a black bar
_LUMA = np.array([0.114, 0.587, 0.299], np.float32)  # of BGR

_ROWS = np.kron(np.eye(3), np.ones((SIGNATURE[0] // 3, 1)))
_COLUMNS = np.kron(np.eye(4), np.ones((SIGNATURE[1] // 4, 1)))
_CELLS = np.kron(_ROWS, _COLUMNS) * BLOCKS / (SIGNATURE[0] * SIGNATURE[1])
_MEANS = np.kron(_CELLS, np.eye(3)).astype(np.float32)  # (432, 36): blocks, then colours
_SUMS = np.kron(_CELLS, np.ones((3, 1))).astype(np.float32)  # (432, 12): colours together


def flat(signature: NDArray[np.uint8]) -> Signatures:
    """Return signatures (n, 9, 16, 3) as rows of numbers (n, 432)."""
    rows: Signatures = signature.reshape(len(signature), _MEANS.shape[0]).astype(np.float32)
    return rows


def distance(some: Signatures, others: Signatures) -> NDArray[np.float32]:
    """Return the root mean square difference in levels, 0-255, row by row (broadcast)."""
    away = some - others
    squares: NDArray[np.float32] = np.einsum("...i,...i->...", away, away)
    away_by: NDArray[np.float32] = np.sqrt(squares / np.float32(away.shape[-1]))
    return away_by


def block_means(rows: Signatures) -> NDArray[np.float32]:
    """Return (n, 36), the colours of the 12 blocks: small motion hardly moves them."""
    means: NDArray[np.float32] = rows @ _MEANS
    return means


def block_sums(rows: Signatures) -> NDArray[np.float32]:
    """Return (n, 12), each block's mean over cells of the sum over colours."""
    sums: NDArray[np.float32] = rows @ _SUMS
    return sums


def unlike(some: Signatures, others: Signatures) -> NDArray[np.float32]:
    """Return what share 0-1 of each of `others` (k, 432) is not found in its one of `some`.

    Each of 12 blocks may have moved by an eighth of the picture. 0 is the same picture, above
    about 0.25 another one; a scale of its own, so that it means the same in the dark. As
    `Measures.novelty`, but on signatures, which are kept.
    """
    count = len(others)
    rows, columns = _REACH
    before = some.reshape(count, *SIGNATURE, 3)
    edges = ((0, 0), (rows, rows), (columns, columns), (0, 0))
    padded = np.pad(before, edges, mode="edge")
    left = np.full((count, BLOCKS), np.inf, np.float32)
    for down in range(2 * rows + 1):
        for right in range(2 * columns + 1):
            moved = padded[:, down : down + SIGNATURE[0], right : right + SIGNATURE[1]]
            away = moved.reshape(count, -1) - others
            np.minimum(left, block_sums(away * away), out=left)
    means, energy = _moments(others)
    means_before, energy_before = _moments(some)
    jump = np.square(means - means_before).reshape(count, BLOCKS, 3).sum(-1)
    shares: NDArray[np.float32] = left / (energy + energy_before + jump + np.float32(_NOISE))
    mean: NDArray[np.float32] = shares.mean(1)
    return mean


def alike_in_form(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the correlation -1 to 1 of the light and dark of two signatures (432,).

    Above about 0.98 they are one picture in another light or colour. Black bars, which would
    correlate with themselves, are left out; 0 where either picture is flat.
    """
    luma = np.stack([one, other]).reshape(2, -1, 3) @ _LUMA
    luma = luma[:, luma.max(0) > _BAR]
    if luma.shape[1] < 2:
        return 0.0
    luma -= luma.mean(1, keepdims=True)
    spread = float(np.sqrt(np.square(luma).sum(1).prod()))
    return float(luma[0] @ luma[1]) / spread if spread > luma.shape[1] else 0.0


def is_blank(pictures: Signatures) -> NDArray[np.bool_]:
    """Return which pictures (n, 432) are black or white."""
    level = _middle(pictures).mean(1)
    dark_or_bright = (level <= _BLACK) | (level >= _WHITE)
    blank: NDArray[np.bool_] = (spread_of_middle(pictures) <= _FLAT) & dark_or_bright
    return blank


def _middle(pictures: Signatures) -> Signatures:
    # Black bars, or a logo in a corner, stay when a picture fades to white.
    rows, columns = SIGNATURE
    inner = pictures.reshape(-1, rows, columns, 3)[:, 2:-2, 2:-2]
    return inner.reshape(len(pictures), (rows - 4) * (columns - 4) * 3)


def spread_of_middle(pictures: Signatures) -> NDArray[np.float32]:
    """Return the greatest less the least level of the pictures' middles, (n,)."""
    middle = _middle(pictures)
    spread: NDArray[np.float32] = middle.max(1) - middle.min(1)
    return spread


def _moments(rows: Signatures) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the colours of the blocks (k, 36) and their variance, colours together (k, 12)."""
    means = block_means(rows)
    squares = np.square(means).reshape(len(rows), BLOCKS, 3).sum(-1)
    return means, np.maximum(block_sums(np.square(rows)) - squares, 0)
