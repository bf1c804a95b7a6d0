"""Units put together: grouped by density, by likeness or by number; merged and rescued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

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
    groups = np.unique(labels[labels != NOBODY])
    if len(groups) < 2:
        return labels
    members = [np.flatnonzero(labels == group) for group in groups]
    sizes = np.array([len(own) for own in members], np.float64)
    sums = _sums(_sums(distances(vectors), members).T, members)
    may = np.triu(~_forbidden(labels, groups, apart), 1)
    while True:
        gaps = np.where(may, sums / np.outer(sizes, sizes), np.inf)
        one, other = np.unravel_index(int(gaps.argmin()), gaps.shape)
        if gaps[one, other] >= reach:
            return labels
        labels[labels == groups[other]] = groups[one]
        sums[one] += sums[other]
        sums[:, one] += sums[:, other]
        sizes[one] += sizes[other]
        both = may | may.T
        both[one] &= both[other]
        both[:, one] = both[one]
        both[other] = both[:, other] = False
        may = np.triu(both, 1)


def _sums(between: NDArray[np.float64], members: Sequence[Labels]) -> NDArray[np.float64]:
    """Return of each row (n, m) the sums over groups of columns (n, groups)."""
    starts = np.cumsum([0, *(len(own) for own in members[:-1])])
    return np.asarray(np.add.reduceat(between[:, np.concatenate(members)], starts, axis=1))


def _forbidden(
    labels: Labels, groups: Labels, apart: Sequence[tuple[int, int]]
) -> NDArray[np.bool_]:
    """Return which groups (n, n) have units that cannot be together."""
    place = {int(group): number for number, group in enumerate(groups)}
    found = np.zeros((len(groups), len(groups)), np.bool_)
    for one, other in apart:
        a, b = place.get(int(labels[one])), place.get(int(labels[other]))
        if a is not None and b is not None:
            found[a, b] = found[b, a] = True
    return found


def _rescued(
    labels: Labels, vectors: Floats, apart: Sequence[tuple[int, int]], reach: float
) -> tuple[Labels, set[int]]:
    """Give left-over units to the group they are plainly like: within reach, and to no other."""
    found, rescued = labels.copy(), set[int]()
    groups = np.unique(labels[labels != NOBODY])
    if not len(groups):
        return found, rescued
    members = [np.flatnonzero(labels == group) for group in groups]
    enemies: dict[int, set[int]] = {}
    for one, other in apart:
        enemies.setdefault(one, set()).add(other)
        enemies.setdefault(other, set()).add(one)
    left = np.flatnonzero(labels == NOBODY)
    gaps = _sums(distances(vectors)[left], members) / [len(own) for own in members]
    for unit, own in zip(left.tolist(), gaps, strict=True):
        own[np.isin(groups, found[list(enemies.get(unit, ()))])] = np.inf
        near = np.argsort(own, kind="stable")[:2]
        first, *second = own[near].tolist()
        if first < reach and (not second or second[0] > 1.15 * first):
            found[unit] = groups[near[0]]
            rescued.add(unit)
    return found, rescued
