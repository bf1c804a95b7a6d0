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
from typing import Final

import numpy as np
from numpy.typing import NDArray

from animstudio.characters.cluster_records import Noise
from animstudio.characters.gathered import Tracks, mean_of
from animstudio.characters.grouping import NOBODY, Labels
from animstudio.characters.joining import How, grouped
from animstudio.characters.naming import Answer, Wishes, named
from animstudio.characters.reach import learned_reach

NOTHING_SAID: Final = Wishes()


def recognise(tracks: Tracks, how: How, wishes: Wishes = NOTHING_SAID) -> Answer:
    """Say to whom each track belongs. The same tracks and wishes give the same answer."""
    usable = [n for n, name in enumerate(tracks.names) if name not in wishes.rejected]
    units = _units(tracks, usable, wishes)
    vectors = (
        np.stack([mean_of(tracks.vectors[unit]) for unit in units])
        if units
        else np.zeros((0, tracks.vectors.shape[1]), np.float32)
    )
    apart = _apart(units, tracks, wishes)
    reach = how.reach if how.reach is not None else learned_reach(tracks, how.scale)
    grouping, rescued = grouped(vectors, apart, how, reach)
    labels = grouping.labels
    pinned = _pinned(units, tracks, wishes)
    pictures = np.array([sum(len(tracks.instances[t]) for t in unit) for unit in units], np.intp)
    labels, reasons = _dropped(labels, pictures, pinned, how)
    return named(tracks, units, vectors, labels, rescued, reasons, pinned, wishes, reach,
                 grouping.tried, apart)  # fmt: skip


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
