"""Characters found and followed through a shot: masks, frame by frame.

find_in_shot
  frames -> Segmenter.track     asked for newcomers every so often, if it does not find itself
  sightings -> tracks           too small or too short ones are left out
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from animstudio.characters import rle
from animstudio.characters.records import Backends, Box, Rle, TrackRecord
from animstudio.characters.shot_frames import ShotFrames, Wanted
from animstudio.media.views import Bytes
from animstudio.models.boxes import bounds_of, shared
from animstudio.models.seams import Detector, Found, Segmenter, Sighting

KNOWN: Final = 0.5
"""Share of a box that must lie in a mask, or of a mask in it, for both to be one thing."""
WHOLE_FRAME: Final = 0.85
"""A thing that covers more of the frame than this is the ground."""


@dataclass(slots=True)
class SeenTrack:
    """One thing through a shot; lists go frame by frame."""

    label: str
    wanted: list[Wanted] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    areas: list[int] = field(default_factory=list)
    masks: list[Rle] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SeenShot:
    """What was seen in a shot: its tracks, how many frames were looked at, which could not be."""

    tracks: Sequence[SeenTrack]
    processed: int
    missing: Sequence[int]
    size: tuple[int, int]


def find_in_shot(
    shot: ShotFrames,
    segmenter: Segmenter,
    detector: Detector | None,
    *,
    every: int,
    smallest: float,
    threads: int,
) -> SeenShot:
    """Follow everything that is found through a shot.

    `every` is how many frames lie between two looks of the detector; `smallest` the share of
    the frame that a mask must cover in some frame. Memory does not grow with the shot.
    """
    read: list[Wanted] = []
    size = [0, 0]

    def frames() -> Iterator[Bytes]:
        top, bottom, left, right = shot.bars
        for wanted, picture in shot.pictures(threads):
            height, width = picture.shape[:2]
            if not read:
                size[:] = width, height
            elif [width, height] != size:
                continue
            read.append(wanted)
            yield picture[top : height - bottom, left : width - right]

    tracks: dict[int, SeenTrack] = {}
    newcomers = _Newcomers(detector, every)
    for number, sightings in enumerate(segmenter.track(frames(), newcomers)):
        for sighting in sightings:
            mask = _whole(sighting.mask, shot.bars, (size[0], size[1]))
            _note(tracks, sighting, mask, read[number])
    least = smallest * size[0] * size[1]
    kept = [
        track
        for _, track in sorted(tracks.items())
        if max(track.areas) >= least and max(track.areas) < WHOLE_FRAME * size[0] * size[1]
    ]
    got = {w.frame for w in read}
    missing = [w.frame for w in shot.wanted if w.frame not in got]
    return SeenShot(kept, len(read), missing, (size[0], size[1]))


def _note(
    tracks: dict[int, SeenTrack], sighting: Sighting, mask: NDArray[np.bool_], wanted: Wanted
) -> None:
    box = bounds_of(mask)
    if box is None:
        return
    track = tracks.setdefault(sighting.thing, SeenTrack(sighting.label))
    track.wanted.append(wanted)
    track.boxes.append(box)
    track.scores.append(round(min(1.0, max(0.0, sighting.score)), 4))
    track.areas.append(int(np.count_nonzero(mask)))
    track.masks.append(rle.encode(mask))


@dataclass(slots=True)
class _Newcomers:
    """Asks the detector every so often, and passes on what is not followed yet."""

    detector: Detector | None
    every: int

    def __call__(self, number: int, frame: Bytes, seen: Sequence[Sighting]) -> Sequence[Found]:
        if self.detector is None or number % self.every:
            return ()
        found: list[Found] = []
        for one in self.detector.find(frame):
            known = any(_same(one.box, sighting.mask) for sighting in seen)
            twice = any(shared(one.box, other.box) > 0.7 for other in found)
            if not known and not twice:
                found.append(one)
        return found


def _same(box: Box, mask: NDArray[np.bool_]) -> bool:
    x, y, width, height = box
    inside = np.count_nonzero(mask[y : y + height, x : x + width])
    whole = np.count_nonzero(mask)
    return bool(inside >= KNOWN * width * height or (whole > 0 and inside >= KNOWN * whole))


def _whole(
    mask: NDArray[np.bool_], bars: tuple[int, int, int, int], size: tuple[int, int]
) -> NDArray[np.bool_]:
    if not any(bars):
        return mask
    top, bottom, left, right = bars
    return np.pad(mask, ((top, bottom), (left, right)))


def records_of(shot: ShotFrames, seen: SeenShot, backends: Backends) -> list[TrackRecord]:
    """Return a shot's tracks as they are written, numbered from 1 in order of appearance."""
    order = sorted(seen.tracks, key=lambda t: (t.wanted[0].frame, t.boxes[0]))
    return [
        TrackRecord(
            track=f"{shot.name}_t{number:02d}",
            film=shot.film,
            shot=shot.shot,
            label=track.label,
            size=seen.size,
            frames=[w.frame for w in track.wanted],
            pts=[w.pts for w in track.wanted],
            boxes=track.boxes,
            scores=track.scores,
            areas=track.areas,
            masks=track.masks,
            backends=backends,
        )
        for number, track in enumerate(order, 1)
    ]
