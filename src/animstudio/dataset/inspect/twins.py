"""Pictures that are in a dataset twice, whatever their files are called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import Final

import numpy as np

from animstudio.dataset.duplicates.change import changes
from animstudio.dataset.duplicates.groups import Groups
from animstudio.dataset.duplicates.pairs import near_vectors, same_content
from animstudio.dataset.inspect.finding import Finding, by_share, counted
from animstudio.dataset.inspect.look import Seen
from animstudio.dataset.spec import InspectSpec

HELD_OUT: Final = frozenset(("validation", "valid", "val", "test", "eval"))
"""Folders of pictures that are kept aside."""
AT_ONCE: Final = 512
"""Pairs that are compared at once: some 30 MB."""


def twin_groups(seen: Sequence[Seen], spec: InspectSpec) -> tuple[list[list[int]], list[list[int]]]:
    """Return the groups of equal files, and those of pictures that look the same.

    Whose colours lie alike (cosine) may be twins; they are if little changed in any place, for a
    character in two poses before one ground has the same colours in nearly all places.
    """
    good = [number for number, one in enumerate(seen) if not one.fault and one.digest]
    exact = Groups(len(seen))
    exact.join_all(
        (good[a], good[b]) for a, b in same_content([seen[number].digest for number in good])
    )
    near = Groups(len(seen))
    looked = [(number, one.looks) for number, one in enumerate(seen) if one.looks is not None]
    if len(looked) < 2:
        return exact.several(), []
    cells = np.stack([looks.cells for _, looks in looked])
    alike = near_vectors(np.stack([looks.layout for _, looks in looked]), spec.near_cosine)
    while some := list(islice(alike, AT_ONCE)):
        # Of what is one group already nothing can be learned, however many frames alike it has.
        asked = [(a, b) for a, b, _ in some if near.find(looked[a][0]) != near.find(looked[b][0])]
        if not asked:
            continue
        ones, others = [a for a, _ in asked], [b for _, b in asked]
        changed = changes(cells[ones], cells[others]) <= spec.near_change
        near.join_all((looked[asked[n][0]][0], looked[asked[n][1]][0])
                      for n in np.flatnonzero(changed).tolist())  # fmt: skip
    return exact.several(), near.several()


def twin_findings(
    names: Sequence[str], seen: Sequence[Seen], spec: InspectSpec
) -> Iterable[Finding]:
    """Yield the twins; of each group the largest picture stays."""
    exact, near = twin_groups(seen, spec)
    said: set[int] = set()
    for rule, groups, what in (("twins_exact", exact, "with the same file as another"),
                               ("twins_near", near, "all but the same as another")):  # fmt: skip
        rows = []
        for group in groups:
            best = max(group, key=lambda n: (_size(seen[n]), -n))
            rows += [(n, best) for n in group if n != best and n not in said]
        if not rows:
            continue
        said |= {number for number, _ in rows}
        files = tuple(names[number] for number, _ in rows)
        yield Finding(
            rule, "duplicates", by_share(len(rows), len(names)),
            f"{counted(len(rows), 'picture')} {what}",
            "A twin counts double in training; --fix moves all but one of each away.",
            files, tuple(f"like {names[best]}" for _, best in rows), files,
        )  # fmt: skip

    yield from _leaks(names, [*exact, *near])


def _leaks(names: Sequence[str], groups: Iterable[Sequence[int]]) -> Iterable[Finding]:
    """Yield the pictures kept aside to validate with that have a twin among the others."""
    leaked: dict[str, str] = {}
    for group in groups:
        shown = [names[n] for n in group if not is_held_out(names[n])]
        for number in group:
            if shown and is_held_out(names[number]):
                leaked.setdefault(names[number], f"like {shown[0]}")
    if leaked:
        yield Finding(
            "twins_leak", "duplicates", "high",
            f"{counted(len(leaked), 'picture')} to validate with also seen in training, or all but",
            "Split by whole shots; what was trained with validates nothing.",
            tuple(leaked), tuple(leaked.values()),
        )  # fmt: skip


def is_held_out(name: str) -> bool:
    """Return whether a picture, by its path in the dataset, is kept aside from training."""
    return any(part.lower() in HELD_OUT for part in PurePosixPath(name).parts[:-1])


def _size(seen: Seen) -> int:
    return seen.header.width * seen.header.height if seen.header else 0
