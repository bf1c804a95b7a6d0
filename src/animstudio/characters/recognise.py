"""To whom each track belongs: grouped, merged, rescued, named.

recognise
  units          tracks that the cast puts together are one
  group          by density, by likeness or by number, under constraints
  merge          groups whose members are alike
  rescue         units left over that are plainly like one group
  drop           groups with too few pictures
  name           by the cast, then by references, then by number
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from animstudio.characters.gathered import Tracks, mean_of
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
from animstudio.characters.records import Noise

FEW: Final = 12
"""Below so many units density says nothing, and likeness decides alone."""
WIDER: Final = 2.2
"""A character differs so many times more from shot to shot than within one."""
NARROWEST, WIDEST = 0.06, 0.4
"""Bounds of the cosine distance at which two tracks are still alike."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What people said: who is who, who is not, and what each known character looks like."""

    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Tracks that belong to a name, all of one."""
    rejected: frozenset[str] = frozenset()
    references: Mapping[str, Floats] = field(default_factory=dict)
    """Vectors (n, d) of pictures of a name."""


@dataclass(frozen=True, slots=True)
class How:
    """See `ClusteringSpec`."""

    method: Literal["hdbscan", "kmeans"]
    smallest: int
    samples: int
    numbers: Sequence[int]
    seed: int
    reach: float | None


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


def recognise(tracks: Tracks, how: How, wishes: Wishes = Wishes()) -> Answer:
    """Say to whom each track belongs. The same tracks and wishes give the same answer."""
    usable = [n for n, name in enumerate(tracks.names) if name not in wishes.rejected]
    units = _units(tracks, usable, wishes)
    vectors = (
        np.stack([mean_of(tracks.vectors[unit]) for unit in units])
        if units
        else np.zeros((0, tracks.vectors.shape[1]), np.float32)
    )
    apart = _apart(units, tracks, wishes)
    reach = how.reach if how.reach is not None else learned_reach(tracks)
    grouping, rescued = _grouped(vectors, apart, how, reach)
    labels = grouping.labels
    pinned = _pinned(units, tracks, wishes)
    pictures = np.array([sum(len(tracks.instances[t]) for t in unit) for unit in units], np.intp)
    labels, reasons = _dropped(labels, pictures, pinned, how)
    return _named(tracks, units, vectors, labels, rescued, reasons, pinned, wishes, reach,
                  grouping.tried)  # fmt: skip


def learned_reach(tracks: Tracks) -> float:
    """Return the cosine distance up to which two tracks are alike, as these tracks tell it.

    Pictures of one track are of one character: a character differs more from shot to shot, but
    in proportion. Tracks seen together are of two: so far nobody may be alike.
    """
    within = [
        float(d) for crops in tracks.crops if len(crops) > 1 for d in (1 - crops @ mean_of(crops))
    ]
    usual = float(np.quantile(within, 0.75)) if within else 0.05
    reach = float(np.clip(WIDER * 2 * usual, NARROWEST, WIDEST))
    between = [float(1 - tracks.vectors[a] @ tracks.vectors[b]) for a, b in sorted(tracks.apart)]
    if len(between) >= 3:
        reach = max(NARROWEST, min(reach, 0.9 * float(np.quantile(between, 0.1))))
    return round(reach, 4)


def _units(tracks: Tracks, usable: Sequence[int], wishes: Wishes) -> list[list[int]]:
    number = {tracks.names[n]: n for n in usable}
    together = [
        sorted(number[name] for name in names if name in number) for names in wishes.named.values()
    ]
    taken = {n for unit in together for n in unit}
    alone = [[n] for n in usable if n not in taken]
    return sorted([unit for unit in together if unit] + alone)


def _pinned(units: Sequence[Sequence[int]], tracks: Tracks, wishes: Wishes) -> dict[int, str]:
    """Return the names that the cast gives to units, by the unit's number."""
    named = {track: name for name, names in wishes.named.items() for track in names}
    return {
        place: named[tracks.names[unit[0]]]
        for place, unit in enumerate(units)
        if tracks.names[unit[0]] in named
    }


def _apart(units: Sequence[Sequence[int]], tracks: Tracks, wishes: Wishes) -> list[tuple[int, int]]:
    """Return pairs of units that cannot be together: seen together, or named differently."""
    home = {track: place for place, unit in enumerate(units) for track in unit}
    found = set()
    for one, other in tracks.apart:
        a, b = home.get(one), home.get(other)
        if a is not None and b is not None and a != b:
            found.add((min(a, b), max(a, b)))
    pinned = sorted(_pinned(units, tracks, wishes))
    found |= {(a, b) for a in pinned for b in pinned if a < b}
    return sorted(found)


def _grouped(
    vectors: Floats, apart: Sequence[tuple[int, int]], how: How, reach: float
) -> tuple[Grouping, set[int]]:
    """Return the groups, and which units were rescued into theirs."""
    if how.method == "kmeans":
        return by_number(vectors, apart, how.numbers, how.seed), set()
    if len(vectors) < FEW:
        return by_likeness(vectors, apart, reach), set()
    grouping = by_density(vectors, apart, smallest=2, samples=how.samples)
    labels = _merged(grouping.labels.copy(), vectors, apart, reach)
    labels, rescued = _rescued(labels, vectors, apart, reach)
    left = np.flatnonzero(labels == NOBODY)
    inner = {int(unit): place for place, unit in enumerate(left)}
    own = [(inner[a], inner[b]) for a, b in apart if a in inner and b in inner]
    more = by_likeness(vectors[left], own, reach).labels
    labels[left] = more + (labels.max(initial=-1) + 1)
    return Grouping(_merged(labels, vectors, apart, reach)), rescued


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
                    pairs = ((min(x, y), max(x, y)) for x in one for y in groups[b])
                    if not any(pair in forbidden for pair in pairs):
                        best = gap, a, b
        if best is None:
            return labels
        labels[groups[best[2]]] = labels[groups[best[1]][0]]


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
    for unit in np.flatnonzero(labels == NOBODY):
        gaps = []
        for g in groups:
            members = np.flatnonzero(labels == g)
            if not enemies.get(int(unit), set()) & set(members.tolist()):
                gaps.append((float(between[unit, members].mean()), int(g)))
        gaps.sort()
        if gaps and gaps[0][0] < reach and (len(gaps) == 1 or gaps[1][0] > 1.15 * gaps[0][0]):
            found[unit] = gaps[0][1]
            rescued.add(int(unit))
    return found, rescued


def _dropped(
    labels: Labels, pictures: NDArray[np.intp], pinned: Mapping[int, str], how: How
) -> tuple[Labels, dict[int, Noise]]:
    """Let go of groups with too few pictures, unless the cast knows them; say why of each unit."""
    found = labels.copy()
    reasons: dict[int, Noise] = {int(n): "together" for n in np.flatnonzero(labels == NOBODY)}
    if how.method == "kmeans":
        return found, reasons
    for group in np.unique(labels[labels != NOBODY]):
        members = np.flatnonzero(labels == group)
        if pictures[members].sum() < how.smallest and not set(members.tolist()) & pinned.keys():
            found[members] = NOBODY
            reasons |= {int(n): "few" if len(members) > 1 else "unlike" for n in members}
    return found, reasons


def _named(
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
) -> Answer:
    names: dict[int, tuple[str, Literal["number", "reference", "cast"]]] = {}
    for unit, name in pinned.items():
        names[int(labels[unit])] = (name, "cast")
    looks = {name: mean_of(found) for name, found in wishes.references.items() if len(found)}
    labels = labels.copy()
    by_reference: set[int] = set()
    groups = [int(g) for g in np.unique(labels) if g != NOBODY]
    for group in groups:
        if group not in names and looks:
            like, name = max((float(mean_of(vectors[labels == group]) @ v), n)
                             for n, v in looks.items())  # fmt: skip
            if 1 - like <= WIDER * reach:
                names[group] = (name, "reference")
    for unit in np.flatnonzero(labels == NOBODY):
        if looks:
            like, name = max((float(vectors[unit] @ v), n) for n, v in looks.items())
            if 1 - like <= reach:
                same = [g for g, (known, _) in names.items() if known == name]
                labels[unit] = same[0] if same else int(labels.max(initial=-1)) + 1
                names[int(labels[unit])] = (name, "reference")
                by_reference.add(int(unit))
    return _answer(tracks, units, vectors, labels, names, rescued, by_reference, reasons, pinned,
                   reach, tried)  # fmt: skip


def _answer(
    tracks: Tracks,
    units: Sequence[Sequence[int]],
    vectors: Floats,
    labels: Labels,
    names: Mapping[int, tuple[str, Literal["number", "reference", "cast"]]],
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
    unused = (name for name in free if name not in size)
    for group in sorted(unnamed, key=lambda g: (-unnamed[g], g)):
        spelt[group] = next(unused)
    how = {name: kind for name, kind in names.values()}
    characters = [n for n in sorted(size, key=lambda n: (-size[n], n))]
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
