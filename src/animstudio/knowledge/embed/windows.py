"""Windows: how a text that a model cannot read at once is read piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from animstudio.knowledge.embed.embedder import Floats

_SHARE_TO_LOOK = 8
"""A window gives up an eighth of its tokens at most to end where a word ends."""


def windows(offsets: Sequence[tuple[int, int]], room: int) -> list[tuple[int, int]]:
    """Return ranges of tokens, `room` at most in each, about equally long, none left out.

    They end where a word does if there is a gap near by. No tokens give one empty window.
    """
    found, start, total = [], 0, len(offsets)
    while total - start > room:
        left = -(-(total - start) // room)
        end = start + -(-(total - start) // left)
        end = next(
            (cut for cut in range(end, end - room // _SHARE_TO_LOOK, -1)
             if cut > start and offsets[cut][0] > offsets[cut - 1][1]),
            end,
        )  # fmt: skip
        found.append((start, end))
        start = end
    return [*found, (start, total)]


def as_one(vectors: Floats) -> Floats:
    """Return the mean direction of the windows (n, dimensions) of one text."""
    import numpy as np

    if len(vectors) == 1:
        return np.asarray(vectors[0], np.float32)
    mean = vectors.mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)
