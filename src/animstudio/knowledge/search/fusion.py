"""One order out of two: the meaning's and the words'.

A convex sum of both scores, each as a share of its best (Bruch, Gai and Ingber, An Analysis of
Fusion Functions for Hybrid Retrieval, 2023). Chosen, with its weight, on Cranfield, CISI and TIME
over reciprocal ranks and over other norms; see docs/decisions/0005-fusion.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from animstudio.knowledge.embed.embedder import Floats


def fuse(cosines: Floats, words: Floats, dense_weight: float) -> Floats:
    """Return the score of each candidate, 1 for the best in both; all arrays are (n,).

    cosines: of every candidate to the question; words: their BM25 scores.
    """
    import numpy as np

    found = dense_weight * share(np.maximum(cosines, 0)) + (1 - dense_weight) * share(words)
    return np.asarray(found, np.float32)


def share(scores: Floats) -> Floats:
    """Return scores as a share of the best, all 0 if that is 0."""
    best = float(scores.max(initial=0))
    return scores / best if best > 0 else scores
