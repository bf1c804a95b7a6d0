"""What is known of all tracks together: their pictures and vectors, who was seen with whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from animstudio.characters.records import InstanceRecord, ShotRecord
from animstudio.kernel.errors import AskedWrongly
from animstudio.media.png import read_cutout, read_picture
from animstudio.models.seams import Cutout, Embedder

Watch = Callable[[int, int], object]
BATCH = 32
"""Pictures embedded at once."""


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
    embedder: Embedder,
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
    vectors = _embedded(flat, folder, embedder, watch)
    ends = np.cumsum([len(group) for group in chosen])[:-1]
    crops = np.split(vectors, ends) if names else []
    means = [mean_of(group) for group in crops]
    return Tracks(
        names,
        np.stack(means) if means else np.zeros((0, embedder.dimensions), np.float32),
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
    return (mean / length if length > 0 else mean).astype(np.float32)


def _embedded(
    instances: Sequence[InstanceRecord], folder: Path, embedder: Embedder, watch: Watch
) -> NDArray[np.float32]:
    found = [np.zeros((0, embedder.dimensions), np.float32)]
    for first in range(0, len(instances), BATCH):
        pictures = [cutout_of(one, folder) for one in instances[first : first + BATCH]]
        found.append(embedder.embed(pictures))
        watch(min(first + BATCH, len(instances)), len(instances))
    return np.concatenate(found)


def cutout_of(one: InstanceRecord, folder: Path) -> Cutout:
    """Return an instance's picture and mask. Raises WorkFailed if a file does not open."""
    if one.instance:
        picture = read_cutout(folder / one.instance)
        return Cutout(np.ascontiguousarray(picture[:, :, :3]), picture[:, :, 3] > 127)
    file = one.context or one.blurred
    if file is None:
        raise AskedWrongly(f"{one.name}: it has no picture to be recognised by")
    shown = read_picture(folder / file)
    if one.mask:
        return Cutout(shown, read_cutout(folder / one.mask)[:, :, 0] > 127)
    return Cutout(shown, np.ones(shown.shape[:2], np.bool_))


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
