"""Pictures that are in a dataset twice, whatever their files are called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from animstudio.dataset.duplicates.groups import Groups
from animstudio.dataset.duplicates.pairs import near_vectors, same_content
from animstudio.dataset.inspect.finding import Finding, by_share
from animstudio.dataset.inspect.look import Seen
from animstudio.dataset.spec import InspectSpec

FAR: Final = 3
"""Times `near_bits` that hashes may differ where colours agree: bits near the median flip."""


def twin_groups(seen: Sequence[Seen], spec: InspectSpec) -> tuple[list[list[int]], list[list[int]]]:
    """Return the groups of equal files, and those of pictures that look the same.

    Two pictures look the same when their colours lie alike (cosine) and their shapes do
    (perceptual hash): each alone mistakes a character in two poses before one ground for twins.
    """
    good = [number for number, one in enumerate(seen) if not one.fault and one.digest]
    exact = Groups(len(seen))
    exact.join_all(
        (good[a], good[b]) for a, b in same_content([seen[number].digest for number in good])
    )
    near = Groups(len(seen))
    looked = [number for number in good if seen[number].layout is not None]
    if len(looked) > 1:
        vectors = np.stack([_layout(seen[number]) for number in looked])
        for a, b, _ in near_vectors(vectors, spec.near_cosine):
            one, other = looked[a], looked[b]
            apart = (seen[one].bits ^ seen[other].bits).bit_count()
            if apart <= FAR * spec.near_bits:
                near.join(one, other)
    return exact.several(), near.several()


def _layout(seen: Seen) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    assert seen.layout is not None
    return seen.layout


def twin_findings(
    names: Sequence[str], seen: Sequence[Seen], spec: InspectSpec
) -> Iterable[Finding]:
    """Yield the twins; of each group the largest picture stays."""
    exact, near = twin_groups(seen, spec)
    said: set[int] = set()
    for rule, groups, what in (("twins_exact", exact, "the same files as others"),
                               ("twins_near", near, "all but the same as others")):  # fmt: skip
        rows = []
        for group in groups:
            best = max(group, key=lambda n: (_size(seen[n]), -n))
            rows += [(n, best) for n in group if n != best and n not in said]
        if not rows:
            continue
        said |= {number for number, _ in rows}
        files = tuple(names[number] for number, _ in rows)
        count = f"{len(rows)} picture{'' if len(rows) == 1 else 's'}"
        yield Finding(
            rule, "duplicates", by_share(len(rows), len(names)), f"{count} {what}",
            "A twin counts double in training; --fix moves all but one of each away.",
            files, tuple(f"like {names[best]}" for _, best in rows), files,
        )  # fmt: skip


def _size(seen: Seen) -> int:
    return seen.header.width * seen.header.height if seen.header else 0
