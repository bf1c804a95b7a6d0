"""Groups become characters: named by the cast, then by references, then by number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from animstudio.characters.cast import alike
from animstudio.characters.cluster_records import NOISE, Noise
from animstudio.characters.gathered import Tracks, mean_of
from animstudio.characters.grouping import NOBODY, Floats, Labels
from animstudio.characters.reach import WIDER

Name = tuple[str, Literal["number", "reference", "cast"]]
"""What a group is called, and by whom."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What people said: who is who, who is not, and what each known character looks like."""

    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Tracks that belong to a name, all of one."""
    rejected: frozenset[str] = frozenset()
    references: Mapping[str, Floats] = field(default_factory=dict)
    """Vectors (n, d) of pictures of a name."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The names of the characters, and for each track its character's number or -1.

    by:      how it came to that character.  noise: why it belongs to nobody, "" if it does.
    named_by: for each character.  centres: (characters, d).  tried: k and silhouette.
    """

    characters: Sequence[str]
    named_by: Sequence[Literal["number", "reference", "cast"]]
    labels: Labels
    by: Sequence[Literal["cluster", "reference", "cast", "rescue", "noise"]]
    noise: Sequence[Noise | None]
    centres: Floats
    reach: float
    tried: Sequence[tuple[int, float]]


def named(
    tracks: Tracks,
    units: Sequence[Sequence[int]],
    vectors: Floats,
    labels: Labels,
    rescued: set[int],
    reasons: Mapping[int, Noise],
    pinned: Mapping[int, str],
    wishes: Wishes,
    reach: float,
    tried: Sequence[tuple[int, float]],
    apart: Sequence[tuple[int, int]] = (),
) -> Answer:
    """Return the answer for groups of units; references also name units left over.

    `apart` are the pairs of units that no name puts together.
    """
    names: dict[int, Name] = {}
    for unit, name in pinned.items():
        names[int(labels[unit])] = (name, "cast")
    looks = {name: mean_of(found) for name, found in wishes.references.items() if len(found)}
    labels, reasons = labels.copy(), dict(reasons)
    by_reference: set[int] = set()
    if looks:
        _name_groups(labels, vectors, looks, names, reasons, apart, reach)
        by_reference = _name_left(labels, vectors, looks, names, reasons, apart, reach)
    return _answer(tracks, units, vectors, labels, names, rescued, by_reference, reasons, pinned,
                   reach, tried)  # fmt: skip


def _name_groups(
    labels: Labels,
    vectors: Floats,
    looks: Mapping[str, Floats],
    names: dict[int, Name],
    reasons: dict[int, Noise],
    apart: Sequence[tuple[int, int]],
    reach: float,
) -> None:
    """Name groups by the reference that each is most like, the most alike first."""
    wanted = []
    for group in (int(g) for g in np.unique(labels) if g != NOBODY):
        if group not in names:
            like, name = _most_like(mean_of(vectors[labels == group]), looks)
            if 1 - like <= WIDER * reach:
                wanted.append((-like, group, name))
    for _, group, name in sorted(wanted):
        own = np.flatnonzero(labels == group)
        if name == NOISE:
            reasons |= {int(n): "reference" for n in own}
            labels[own] = NOBODY
        elif not _is_apart(own, np.isin(labels, _called(name, names)), apart):
            names[group] = (name, "reference")


def _name_left(
    labels: Labels,
    vectors: Floats,
    looks: Mapping[str, Floats],
    names: dict[int, Name],
    reasons: dict[int, Noise],
    apart: Sequence[tuple[int, int]],
    reach: float,
) -> set[int]:
    """Give units left over to the reference that each is like; return those that were given."""
    given = set()
    for unit in np.flatnonzero(labels == NOBODY).tolist():
        like, name = _most_like(vectors[unit], looks)
        if 1 - like > reach:
            continue
        if name == NOISE:
            reasons[unit] = "reference"
        elif _is_apart([unit], np.isin(labels, _called(name, names)), apart):
            reasons[unit] = "together"
        else:
            labels[unit] = int(labels.max(initial=-1)) + 1
            names[int(labels[unit])] = (name, "reference")
            given.add(unit)
    return given


def _most_like(vector: Floats, looks: Mapping[str, Floats]) -> tuple[float, str]:
    return max((float(vector @ look), name) for name, look in looks.items())


def _called(name: str, names: Mapping[int, Name]) -> list[int]:
    return [group for group, (known, _) in names.items() if known == name]


def _is_apart(
    own: Sequence[int] | Labels, others: NDArray[np.bool_], apart: Sequence[tuple[int, int]]
) -> bool:
    """Return whether one of `own` cannot be together with one of `others`, a mask of units."""
    mine = set(map(int, own))
    return any((a in mine and others[b]) or (b in mine and others[a]) for a, b in apart)


def _answer(
    tracks: Tracks,
    units: Sequence[Sequence[int]],
    vectors: Floats,
    labels: Labels,
    names: Mapping[int, Name],
    rescued: set[int],
    by_reference: set[int],
    reasons: Mapping[int, Noise],
    pinned: Mapping[int, str],
    reach: float,
    tried: Sequence[tuple[int, float]],
) -> Answer:
    """Number the characters by how many pictures they have, and spell it out track by track."""
    size: dict[str, int] = {}
    unnamed: dict[int, int] = {}
    for place, unit in enumerate(units):
        count = sum(len(tracks.instances[t]) for t in unit)
        group = int(labels[place])
        if group in names:
            size[names[group][0]] = size.get(names[group][0], 0) + count
        elif group != NOBODY:
            unnamed[group] = unnamed.get(group, 0) + count
    spelt = {group: name for group, (name, _) in names.items()}
    free = (f"character_{n:02d}" for n in range(1, len(unnamed) + len(names) + 1))
    taken = {alike(name) for name in size}
    unused = (name for name in free if name not in taken)
    for group in sorted(unnamed, key=lambda g: (-unnamed[g], g)):
        spelt[group] = next(unused)
    how = dict(sorted(names.values(), key=lambda one: one[1] == "cast"))
    characters = sorted(size, key=lambda n: (-size[n], n))
    characters += [spelt[g] for g in sorted(unnamed, key=lambda g: (-unnamed[g], g))]
    number = {name: place for place, name in enumerate(characters)}
    result = np.full(len(tracks.names), NOBODY, np.intp)
    by: list[Literal["cluster", "reference", "cast", "rescue", "noise"]] = ["noise"] * len(result)
    noise: list[Noise | None] = ["rejected"] * len(result)
    for place, unit in enumerate(units):
        for track in unit:
            group = int(labels[place])
            noise[track] = None if group != NOBODY else reasons.get(place, "unlike")
            if group == NOBODY:
                continue
            result[track] = number[spelt[group]]
            by[track] = ("cast" if place in pinned else "rescue" if place in rescued
                         else "reference" if place in by_reference else "cluster")  # fmt: skip
    centres = [mean_of(tracks.vectors[result == n]) for n in range(len(characters))]
    return Answer(
        characters,
        [how.get(name, "number") for name in characters],
        result,
        by,
        noise,
        np.stack(centres) if centres else np.zeros((0, tracks.vectors.shape[1]), np.float32),
        reach,
        tried,
    )
