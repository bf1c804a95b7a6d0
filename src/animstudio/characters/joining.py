"""Units put together: grouped by density, by likeness or by number; merged and rescued."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from animstudio.characters.grouping import (
    NOBODY,
    Floats,
    Grouping,
    Labels,
    by_density,
    by_likeness,
    by_number,
    distances,
)
from animstudio.models.registry import Scale

LOOSEST: Final = 2.0
"""Times the reach that the members of a dense group may lie apart, on average."""
PLAIN: Final = Scale()
"""Of an embedder that states none."""
FEW: Final = 12
"""Below so many units density says nothing, and likeness decides alone."""


@dataclass(frozen=True, slots=True)
class How:
    """See `ClusteringSpec`."""

    method: Literal["hdbscan", "kmeans"]
    smallest: int
    samples: int
    numbers: Sequence[int]
    seed: int
    reach: float | None
    scale: Scale = PLAIN


def grouped(
    vectors: Floats, apart: Sequence[tuple[int, int]], how: How, reach: float
) -> tuple[Grouping, set[int]]:
    """Return the groups, and which units were rescued into theirs."""
    if how.method == "kmeans":
        return by_number(vectors, apart, how.numbers, how.seed), set()
    if len(vectors) < FEW:
        return by_likeness(vectors, apart, reach), set()
    grouping = by_density(vectors, apart, smallest=2, samples=how.samples)
    labels = _cut(grouping.labels, vectors, LOOSEST * reach)
    labels = _merged(labels, vectors, apart, reach)
    labels, rescued = _rescued(labels, vectors, apart, reach)
    left = np.flatnonzero(labels == NOBODY)
    inner = {int(unit): place for place, unit in enumerate(left)}
    own = [(inner[a], inner[b]) for a, b in apart if a in inner and b in inner]
    more = by_likeness(vectors[left], own, reach).labels
    labels[left] = more + (labels.max(initial=-1) + 1)
    return Grouping(_merged(labels, vectors, apart, reach)), rescued


def _cut(labels: Labels, vectors: Floats, reach: float) -> Labels:
    """Cut groups into parts that are on average nearer than `reach`; single units are left over.

    To density two outliers are a group if only everything else is farther from them.
    """
    found = np.full(len(labels), NOBODY, np.intp)
    for group in np.unique(labels[labels != NOBODY]):
        members = np.flatnonzero(labels == group)
        parts = by_likeness(vectors[members], (), reach).labels
        for part in np.unique(parts):
            if np.count_nonzero(parts == part) > 1:
                found[members[parts == part]] = found.max(initial=NOBODY) + 1
    return found


def _merged(
    labels: Labels, vectors: Floats, apart: Sequence[tuple[int, int]], reach: float
) -> Labels:
    """Merge groups that are on average nearer than `reach`, the nearest first."""
    between = distances(vectors)
    forbidden = {(min(a, b), max(a, b)) for a, b in apart}
    while True:
        groups = [np.flatnonzero(labels == g) for g in np.unique(labels[labels != NOBODY])]
        best: tuple[float, int, int] | None = None
        for a, one in enumerate(groups):
            for b in range(a + 1, len(groups)):
                gap = float(between[np.ix_(one, groups[b])].mean())
                if gap < reach and (best is None or gap < best[0]):
                    pairs = _pairs(one.tolist(), groups[b].tolist())
                    if not any(pair in forbidden for pair in pairs):
                        best = gap, a, b
        if best is None:
            return labels
        labels[groups[best[2]]] = labels[groups[best[1]][0]]


def _pairs(one: Sequence[int], other: Sequence[int]) -> Iterator[tuple[int, int]]:
    return ((min(a, b), max(a, b)) for a in one for b in other)


def _rescued(
    labels: Labels, vectors: Floats, apart: Sequence[tuple[int, int]], reach: float
) -> tuple[Labels, set[int]]:
    """Give left-over units to the group they are plainly like: within reach, and to no other."""
    found, rescued = labels.copy(), set()
    groups = [g for g in np.unique(labels) if g != NOBODY]
    enemies: dict[int, set[int]] = {}
    for one, other in apart:
        enemies.setdefault(one, set()).add(other)
        enemies.setdefault(other, set()).add(one)
    between = distances(vectors)
    for unit in np.flatnonzero(labels == NOBODY).tolist():
        gaps = []
        for g in groups:
            members = np.flatnonzero(labels == g)
            if not enemies.get(unit, set()) & set(np.flatnonzero(found == g).tolist()):
                gaps.append((float(between[unit, members].mean()), int(g)))
        gaps.sort()
        if gaps and gaps[0][0] < reach and (len(gaps) == 1 or gaps[1][0] > 1.15 * gaps[0][0]):
            found[unit] = gaps[0][1]
            rescued.add(unit)
    return found, rescued
