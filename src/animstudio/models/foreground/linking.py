"""Things of one frame after the other made into tracks, by overlap and colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from animstudio.media.cutout import Mask
from animstudio.media.warp import Move, moved
from animstudio.models.foreground.things import Thing

OVERLAP: Final = 0.25
"""Share of both masks' union from which they may be of one thing."""
ALIKE: Final = 0.6
"""Likeness of colours, 0-1, from which they may."""
GAP: Final = 3
"""Frames for which a thing may be out of sight and still be the same."""
FEWEST: Final = 6
"""Frames in which a track is seen at least."""
MOVING: Final = 0.012
"""Share of a thing that moves by itself in a frame in which it is said to move."""
OFTEN: Final = 0.3
"""Share of a track's frames in which it moves: titles appear, and then stand."""
RIM: Final = 0.22
"""Mean share of the outline on the frame's edge: more is ground or foliage that sways."""


@dataclass(slots=True)
class Track:
    """A thing through the frames in which it was seen, by their numbers."""

    number: int
    things: dict[int, Thing] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """The last frame in which it was seen."""
        return max(self.things)

    def is_near(self, frame: int) -> bool:
        """Say whether it may still be seen in a frame and after it."""
        return frame - self.last <= GAP + 1

    def is_character(self) -> bool:
        """Say whether it moves like something alive: often, and free of the frame's edge.

        What was found standing (`still`) was judged by its looks, and is one.
        """
        seen = list(self.things.values())
        if any(thing.still for thing in seen):
            return True
        often = float(np.mean([thing.moves >= MOVING for thing in seen]))
        rim = float(np.mean([thing.rim for thing in seen]))
        return len(seen) >= FEWEST and often >= OFTEN and rim <= RIM


def link(
    found: Sequence[Sequence[Thing]],
    places: Sequence[Move],
    first: int,
    tracks: list[Track],
    numbers: Iterator[int],
) -> None:
    """Add each frame's things to the tracks, or begin new ones; frames count from `first`,
    and `numbers` gives new tracks theirs."""
    for offset, things in enumerate(found):
        frame = first + offset
        rated = []
        for track in tracks:
            if not track.is_near(frame):
                continue
            before = track.things[track.last]
            mask = before.mask
            if track.last >= first:
                way = places[offset].inverse() @ places[track.last - first]
                mask = carried(mask, way)
            for number, thing in enumerate(things):
                alike = float(before.tones @ thing.tones)
                overlap = shared(mask, thing.mask)
                if overlap >= OVERLAP and alike >= ALIKE:
                    rated.append((overlap * alike, track, number))
        _take(rated, things, frame, tracks, numbers)


def _take(
    rated: list[tuple[float, Track, int]],
    things: Sequence[Thing],
    frame: int,
    tracks: list[Track],
    numbers: Iterator[int],
) -> None:
    """Give each thing to the track it fits best; what fits none begins a track."""
    rated.sort(key=lambda one: (-one[0], one[1].number, one[2]))
    taken: set[int] = set()
    given: set[int] = set()
    for _, track, number in rated:
        if track.number not in given and number not in taken:
            track.things[frame] = things[number]
            given.add(track.number)
            taken.add(number)
    for number, thing in enumerate(things):
        if number not in taken:
            tracks.append(Track(next(numbers), {frame: thing}))


def shared(one: Mask, other: Mask) -> float:
    """Return the share of two masks' union that is in both."""
    union = int(np.count_nonzero(one | other))
    return int(np.count_nonzero(one & other)) / union if union else 0.0


def carried(mask: Mask, way: Move) -> Mask:
    """Return a mask (h, w) as it lies after a move."""
    height, width = mask.shape
    return moved(mask.astype(np.uint8) * 255, way, (width, height)) > 127
