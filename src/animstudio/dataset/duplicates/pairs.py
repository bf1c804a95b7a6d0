"""Pairs of pictures that are alike, exactly: no index that forgets some."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

BLOCK: Final = 1024
"""Rows of the product that are computed at once: 80 MB beside 20,000 pictures."""

Pair = tuple[int, int]


def same_content(digests: Sequence[Hashable]) -> Iterator[Pair]:
    """Yield pairs (first, other) of equal digests, each other one once."""
    first: dict[Hashable, int] = {}
    for number, digest in enumerate(digests):
        if digest in first:
            yield first[digest], number
        else:
            first[digest] = number


def near_vectors(vectors: NDArray[np.float32], least: float) -> Iterator[tuple[int, int, float]]:
    """Yield pairs (i < j) of rows (n, d), of length 1, whose cosine is at least `least`."""
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK] @ vectors[start:].T
        for row, column in _right_of_themselves(block >= least):
            yield start + row, start + column, float(block[row, column])


def near_hashes(hashes: Sequence[int], most: int) -> Iterator[tuple[int, int, int]]:
    """Yield pairs (i < j) of 64-bit hashes that differ in at most `most` bits."""
    values = np.array(hashes, np.uint64)
    for start in range(0, len(values), BLOCK):
        apart = np.bitwise_count(values[start : start + BLOCK, None] ^ values[None, start:])
        for row, column in _right_of_themselves(apart <= most):
            yield start + row, start + column, int(apart[row, column])


def _right_of_themselves(near: NDArray[np.bool_]) -> Iterator[Pair]:
    """Yield where a block (rows, columns) is set right of its diagonal.

    Row by row: of 20,000 pictures that are all alike, a block has twenty million pairs.
    """
    for row, columns in enumerate(near):
        for column in np.flatnonzero(columns[row + 1 :]).tolist():
            yield row, row + 1 + column
