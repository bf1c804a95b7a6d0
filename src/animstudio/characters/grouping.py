"""Tracks put into groups of one character each, by scikit-learn, under constraints.

A *unit* is a track, or several that must be together. Units that were seen together, or that
the cast keeps apart, are never in one group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.intp]
Floats = NDArray[np.float32]
NOBODY: Final = -1
FAR: Final = 4.0
"""Distance of units that cannot be together; a cosine distance is 2 at most."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """A group's number for every unit (n,), -1 for none; the numbers of groups that were tried."""

    labels: Labels
    tried: Sequence[tuple[int, float]] = ()


def distances(vectors: Floats, apart: Sequence[tuple[int, int]] = ()) -> NDArray[np.float64]:
    """Return the cosine distances (n, n) of unit vectors; `FAR` for those kept apart."""
    between = np.clip(1 - vectors.astype(np.float64) @ vectors.T, 0, 2)
    np.fill_diagonal(between, 0)
    for one, other in apart:
        between[one, other] = between[other, one] = FAR
    return between


def by_density(
    vectors: Floats,
    apart: Sequence[tuple[int, int]],
    *,
    smallest: int,
    samples: int,
) -> Grouping:
    """Group by HDBSCAN: as many groups as there are dense places, of `smallest` units or more.

    Campello, Moulavi and Sander, "Density-based clustering based on hierarchical density
    estimates", PAKDD 2013.
    """
    from sklearn.cluster import HDBSCAN

    if len(vectors) < max(3, smallest):
        return Grouping(np.full(len(vectors), NOBODY, np.intp))
    model = HDBSCAN(
        min_cluster_size=max(2, smallest),
        min_samples=min(samples, len(vectors) - 1),
        metric="precomputed",
        cluster_selection_method="leaf",
        copy=True,
    )
    labels = np.asarray(model.fit_predict(distances(vectors, apart)), np.intp)
    return Grouping(_kept_apart(labels, vectors, apart))


def by_likeness(vectors: Floats, apart: Sequence[tuple[int, int]], reach: float) -> Grouping:
    """Group whatever is on average nearer than `reach` (cosine distance), the nearest first.

    Average linkage; what cannot be together keeps whole groups apart.
    """
    from sklearn.cluster import AgglomerativeClustering

    if len(vectors) < 2:
        return Grouping(np.zeros(len(vectors), np.intp))
    model = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=reach
    )
    # Far enough that one such pair keeps groups of any size apart.
    between = distances(vectors)
    for one, other in apart:
        between[one, other] = between[other, one] = 2.0 * len(vectors) ** 2
    return Grouping(np.asarray(model.fit_predict(between), np.intp))


def by_number(
    vectors: Floats,
    apart: Sequence[tuple[int, int]],
    numbers: Sequence[int],
    seed: int,
) -> Grouping:
    """Group by KMeans, into that of `numbers` groups that part the units best by silhouette."""
    from sklearn.cluster import KMeans

    n = len(vectors)
    usable = [k for k in numbers if 2 <= k < n]
    if not usable:
        k = min([k for k in numbers if k >= 1] or [1])
        return Grouping(np.arange(n, dtype=np.intp) if k >= n > 1 else np.zeros(n, np.intp))
    best: tuple[float, Labels] | None = None
    tried = []
    for k in usable:
        model = KMeans(k, n_init=4, random_state=seed)
        labels = np.asarray(model.fit_predict(vectors.astype(np.float64)), np.intp)
        score = silhouette(vectors, labels) or 0.0
        tried.append((k, round(score, 4)))
        if best is None or score > best[0]:
            best = score, labels
    assert best is not None
    return Grouping(_kept_apart(best[1], vectors, apart), tried)


def silhouette(vectors: Floats, labels: Labels) -> float | None:
    """Return the mean silhouette (cosine) of what is in groups; None below two groups."""
    from sklearn.metrics import silhouette_score

    inside = labels != NOBODY
    groups = len(np.unique(labels[inside]))
    if groups < 2 or groups >= np.count_nonzero(inside):
        return None
    return float(silhouette_score(vectors[inside].astype(np.float64), labels[inside],
                                  metric="cosine"))  # fmt: skip


def _kept_apart(labels: Labels, vectors: Floats, apart: Sequence[tuple[int, int]]) -> Labels:
    """Take out of a group whichever of two units that cannot be together fits it less."""
    found = labels.copy()
    for one, other in sorted(apart):
        if found[one] != found[other] or found[one] == NOBODY:
            continue
        members = np.flatnonzero(found == found[one])
        centre = vectors[members].mean(axis=0)
        less = one if vectors[one] @ centre < vectors[other] @ centre else other
        found[less] = NOBODY
    return found
