"""Groups become characters: named by the cast, then by references, then by number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from animstudio.characters.cluster_records import NOISE, Noise
from animstudio.characters.gathered import Tracks, mean_of
from animstudio.characters.grouping import NOBODY, Floats, Labels
from animstudio.characters.reach import WIDER


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
) -> Answer:
    """Return the answer for groups of units; references also name units left over."""
    names: dict[int, tuple[str, Literal["number", "reference", "cast"]]] = {}
    for unit, name in pinned.items():
        names[int(labels[unit])] = (name, "cast")
    looks = {name: mean_of(found) for name, found in wishes.references.items() if len(found)}
    labels, reasons = labels.copy(), dict(reasons)
    by_reference: set[int] = set()
    groups = [int(g) for g in np.unique(labels) if g != NOBODY]
    for group in groups:
        if group not in names and looks:
            like, name = max((float(mean_of(vectors[labels == group]) @ v), n)
                             for n, v in looks.items())  # fmt: skip
            if 1 - like <= WIDER * reach:
                names[group] = (name, "reference")
            if names.get(group, ("",))[0] == NOISE:
                reasons |= {int(n): "reference" for n in np.flatnonzero(labels == group)}
                labels[labels == group] = NOBODY
                del names[group]
    for unit in np.flatnonzero(labels == NOBODY).tolist():
        if looks:
            like, name = max((float(vectors[unit] @ v), n) for n, v in looks.items())
            if 1 - like <= reach and name == NOISE:
                reasons[unit] = "reference"
            elif 1 - like <= reach:
                same = [g for g, (known, _) in names.items() if known == name]
                labels[unit] = same[0] if same else int(labels.max(initial=-1)) + 1
                names[int(labels[unit])] = (name, "reference")
                by_reference.add(unit)
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
    how = dict(names.values())
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
