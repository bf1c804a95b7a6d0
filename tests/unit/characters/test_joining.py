"""Groups merged and units rescued: as slowly and plainly written here, and not as slowly."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animstudio.characters import joining
from animstudio.characters.grouping import NOBODY, Floats, Labels, distances

Pairs = Sequence[tuple[int, int]]


def merged_plainly(labels: Labels, vectors: Floats, apart: Pairs, reach: float) -> Labels:
    between, labels = distances(vectors), labels.copy()
    while True:
        groups = [np.flatnonzero(labels == g) for g in np.unique(labels[labels != NOBODY])]
        near = [
            (float(between[np.ix_(one, other)].mean()), a, b)
            for a, one in enumerate(groups)
            for b, other in enumerate(groups)
            if a < b and not any((x in one and y in other) or (y in one and x in other)
                                 for x, y in apart)
        ]  # fmt: skip
        if not near or min(near)[0] >= reach:
            return labels
        _, a, b = min(near)
        labels[groups[b]] = labels[groups[a][0]]


def rescued_plainly(labels: Labels, vectors: Floats, apart: Pairs, reach: float) -> Labels:
    between, found = distances(vectors), labels.copy()
    for unit in np.flatnonzero(labels == NOBODY):
        foes = {a for a, b in apart if b == unit} | {b for a, b in apart if a == unit}
        gaps = sorted(
            (float(between[unit, labels == group].mean()), int(group))
            for group in np.unique(labels[labels != NOBODY])
            if group not in found[list(foes)]
        )
        if gaps and gaps[0][0] < reach and (len(gaps) == 1 or gaps[1][0] > 1.15 * gaps[0][0]):
            found[unit] = gaps[0][1]
    return found


def crowd(seed: int, count: int, groups: int) -> tuple[Labels, Floats]:
    """Units around six centres, labelled by chance, so that there is much to merge."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(6, 8))[rng.integers(0, 6, count)] + 0.4 * rng.normal(size=(count, 8))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return rng.integers(NOBODY, groups, count).astype(np.intp), vectors


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 40),
    groups=st.integers(0, 10),
    pairs=st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=12),
    reach=st.floats(0.05, 1.2),
)
def test_groups_and_units_end_where_the_rule_says(
    seed: int, count: int, groups: int, pairs: Pairs, reach: float
) -> None:
    labels, vectors = crowd(seed, count, groups)
    apart = [(a, b) for a, b in pairs if a != b and max(a, b) < count]
    merged = joining._merged(labels.copy(), vectors, apart, reach)
    assert (merged == merged_plainly(labels, vectors, apart, reach)).all()
    found, rescued = joining._rescued(labels, vectors, apart, reach)
    assert (found == rescued_plainly(labels, vectors, apart, reach)).all()
    assert rescued == set(np.flatnonzero(found != labels).tolist())


@pytest.mark.parametrize("work", [joining._merged, joining._rescued])
def test_the_work_does_not_grow_with_the_pairs_of_groups(work: Callable[..., object]) -> None:
    """Of 500 films there are thousands of tracks; steps of Python are counted, not seconds."""
    labels, vectors = crowd(3, 600, 150)
    steps = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal steps
        steps += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work(labels, vectors, [], 0.3)
    finally:
        sys.setprofile(before)
    assert steps < 10_000
