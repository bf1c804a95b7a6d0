"""Masks as COCO's compressed run lengths: ASCII text that other tools read as it is.

Runs go down the columns, the first is of zeros. Each run but the first two is stored as its
difference from the run before the last, in groups of five bits, least first, a sixth bit
says that another follows, and 48 is added: pycocotools, ``rleToString`` in maskApi.c.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from animstudio.characters.records import Rle


def encode(mask: NDArray[np.bool_]) -> Rle:
    """Return a mask (h, w) as run lengths."""
    column = mask.ravel(order="F")
    changes = np.flatnonzero(np.diff(column)) + 1
    edges = np.concatenate([[0], changes, [column.size]])
    runs = np.diff(edges).tolist()
    if column.size and column[0]:
        runs.insert(0, 0)
    return Rle(size=(mask.shape[0], mask.shape[1]), counts=_text(runs))


def decode(rle: Rle) -> NDArray[np.bool_]:
    """Return the mask (h, w) of run lengths. Raises ValueError if they do not fill it."""
    runs = _runs(rle.counts)
    height, width = rle.size
    if sum(runs) != height * width or any(run < 0 for run in runs):
        raise ValueError(f"the runs of a mask do not fill {height} x {width} pixels")
    values = np.arange(len(runs)) % 2 == 1
    return np.repeat(values, runs).reshape(width, height).T.copy()


def _text(runs: list[int]) -> str:
    letters = []
    for number, run in enumerate(runs):
        value = run - runs[number - 2] if number > 2 else run
        while True:
            group = value & 31
            value >>= 5
            more = value != -1 if group & 16 else value != 0
            letters.append(chr(48 + (group | 32 if more else group)))
            if not more:
                break
    return "".join(letters)


def _runs(text: str) -> list[int]:
    runs: list[int] = []
    at = 0
    while at < len(text):
        value = shift = 0
        while True:
            if at >= len(text):
                raise ValueError("the runs of a mask end in the middle")
            group = ord(text[at]) - 48
            at += 1
            value |= (group & 31) << shift
            shift += 5
            if not group & 32:
                if group & 16:
                    value |= -1 << shift
                break
        runs.append(value + runs[-2] if len(runs) > 2 else value)
    return runs
