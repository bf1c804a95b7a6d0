"""What is known of all tracks together: their pictures and vectors, who was seen with whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from animstudio.characters.records import InstanceRecord, ShotRecord
from animstudio.characters.vectors import Pictured, Vectors, Watch
from animstudio.kernel.errors import AskedWrongly


@dataclass(frozen=True, slots=True)
class Tracks:
    """All tracks, in the order of their names.

    vectors:  (n, d) float32 of length 1, the mean of a track's best pictures.
    crops:    for each track its pictures' own vectors, (m, d), the best first.
    instances: for each track all of its pictures, by name.
    apart:    pairs of tracks that were seen in one frame: they are two characters.
    """

    names: Sequence[str]
    vectors: NDArray[np.float32]
    crops: Sequence[NDArray[np.float32]]
    instances: Sequence[Sequence[InstanceRecord]]
    apart: frozenset[tuple[int, int]]


def gather_tracks(
    shots: Sequence[ShotRecord],
    folder: Path,
    vectors: Vectors,
    *,
    best: int,
    watch: Watch = lambda done, total: None,
) -> Tracks:
    """Embed the best pictures of every track; `folder` is the character_dir they lie in."""
    by_track: dict[str, list[InstanceRecord]] = defaultdict(list)
    for shot in shots:
        for one in shot.instances:
            by_track[one.track].append(one)
    names = sorted(by_track)
    chosen = [best_of(by_track[name], best) for name in names]
    flat = [one for group in chosen for one in group]
    looks = _embedded(flat, folder, vectors, watch)
    ends = np.cumsum([len(group) for group in chosen])[:-1]
    crops = np.split(looks, ends) if names else []
    means = [mean_of(group) for group in crops]
    return Tracks(
        names,
        np.stack(means) if means else np.zeros((0, vectors.dimensions), np.float32),
        crops,
        [sorted(by_track[name], key=lambda one: one.name) for name in names],
        _apart(shots, names),
    )


def best_of(instances: Sequence[InstanceRecord], most: int) -> list[InstanceRecord]:
    """Return a track's best pictures: whole, sure, large and sharp; at most so many."""

    def worth(one: InstanceRecord) -> tuple[float, str]:
        whole = 0.5 if one.cut_off else 1.0
        sharp = min(1.0, (one.sharpness / 100) ** 0.25) if one.sharpness > 0 else 0.1
        return -whole * one.score * one.area**0.5 * sharp, one.name

    return sorted(instances, key=worth)[:most]


def mean_of(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean of vectors (n, d), at length 1."""
    mean = vectors.mean(axis=0, dtype=np.float64)
    length = float(np.linalg.norm(mean))
    return np.asarray(mean / length if length > 0 else mean, np.float32)


def _embedded(
    instances: Sequence[InstanceRecord], folder: Path, vectors: Vectors, watch: Watch
) -> NDArray[np.float32]:
    """Return a vector for each of the instances (n, d), which are embedded shot by shot."""
    by_shot: dict[tuple[str, int], list[int]] = defaultdict(list)
    for number, one in enumerate(instances):
        by_shot[one.film, one.shot].append(number)
    order = list(by_shot.values())
    groups = [[pictured(instances[number], folder) for number in own] for own in order]
    answers = vectors.of(groups, watch)
    found = np.zeros((len(instances), vectors.dimensions), np.float32)
    for own, answer in zip(order, answers, strict=True):
        found[own] = answer
    return found


def pictured(one: InstanceRecord, folder: Path) -> Pictured:
    """Return what an instance is recognised by. Raises AskedWrongly if there is no picture."""
    if one.instance:
        return Pictured(folder / one.instance)
    file = one.context or one.blurred
    if file is None:
        raise AskedWrongly(f"{one.name}: it has no picture to be recognised by")
    return Pictured(folder / file, folder / one.mask if one.mask else None, transparent=False)


def _apart(shots: Sequence[ShotRecord], names: Sequence[str]) -> frozenset[tuple[int, int]]:
    """Return the pairs of tracks, by number, that share a frame and little of their masks."""
    number = {name: n for n, name in enumerate(names)}
    found = set()
    for shot in shots:
        tracks = [track for track in shot.tracks if track.track in number]
        for place, one in enumerate(tracks):
            for other in tracks[place + 1 :]:
                if set(one.frames) & set(other.frames):
                    pair = sorted((number[one.track], number[other.track]))
                    found.add((pair[0], pair[1]))
    return frozenset(found)
