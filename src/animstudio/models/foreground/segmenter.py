"""The segmenter `foreground`: what moves by itself, cut out of the ground and followed.

    track
      a window of frames, small     as many as lie on one plate
      places_of                     where each lies on the ground
      own_motion -> covered         what moves by itself, and what that may hide
      plate_of                      the ground for sure, where nothing ever hid it, and the usual
      things_of                     what differs from it there, cut out along its colours
      link                          things -> tracks; those that move often are characters

      still_figures                 where none does: what surely stands before calm ground

Nothing is known of what a character looks like, so one that never moves is found only on calm
ground, and two characters who touch all the time are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import Final

import numpy as np

from animstudio.media.cutout import Mask
from animstudio.media.imaging import grey_of
from animstudio.media.views import Bytes
from animstudio.media.warp import Move, enlarged, moved, shrunk
from animstudio.models.foreground.camera import places_of
from animstudio.models.foreground.change import difference, own_motion
from animstudio.models.foreground.linking import Track, link
from animstudio.models.foreground.plate import plate_of, within_reach
from animstudio.models.foreground.regions import NOW, covered, moving_parts
from animstudio.models.foreground.still import still_figures
from animstudio.models.foreground.things import Thing, things_of
from animstudio.models.registry import Host, Model
from animstudio.models.seams import Newcomers, Sighting

NAME: Final = "foreground"
SIDE: Final = 384
"""Longest side at which it works, pixels."""
WINDOW: Final = 96
"""Frames that are looked at together."""
SMALLEST: Final = 0.004
"""Share of the frame below which a thing is none."""


@dataclass(frozen=True, slots=True)
class Foreground:
    """Finds and follows what moves by itself. About six frames a second are best."""

    name: str = NAME
    finds: bool = True

    def track(self, frames: Iterable[Bytes], newcomers: Newcomers) -> Iterator[Sequence[Sighting]]:
        """Yield what moves in each frame; it reads a window ahead, and asks for no newcomers."""
        tracks: list[Track] = []
        numbers = count(1)
        first = 0
        source = iter(frames)
        left: list[Bytes] = []
        size = (0, 0)
        while True:
            window = list(left)
            for frame in islice(source, WINDOW - len(window)):
                size = (frame.shape[1], frame.shape[0])
                window.append(shrunk(frame, SIDE))
            if not window:
                return
            taken = _look(window, first, tracks, numbers)
            yield from _sightings(tracks, range(first, first + taken), size)
            tracks = [track for track in tracks if track.is_near(first + taken)]
            left = window[taken:]
            first += taken


def _look(window: list[Bytes], first: int, tracks: list[Track], numbers: Iterator[int]) -> int:
    """Follow things through as many frames of a window as lie together; return how many."""
    height, width = window[0].shape[:2]
    placed = places_of([grey_of(frame) for frame in window])
    taken = max(1, within_reach(placed, (width, height)))
    frames = window[:taken]
    places = [place or Move() for place in placed[:taken]]
    link(_things(frames, places), places, first, tracks, numbers)
    if not any(track.last >= first and track.is_character() for track in tracks):
        _link_still(frames, places, first, tracks, numbers)
    return taken


def _link_still(
    frames: list[Bytes],
    places: list[Move],
    first: int,
    tracks: list[Track],
    numbers: Iterator[int],
) -> None:
    """Look for figures that stand still through a window, and add them to the tracks.

    A track that goes on in the window, though as no character, is left as it is.
    """
    figures = still_figures(frames, places)
    if any(figures):
        free = [track for track in tracks if track.last < first]
        known = len(free)
        link(figures, places, first, free, numbers)
        tracks += free[known:]


def _things(frames: list[Bytes], places: list[Move]) -> list[list[Thing]]:
    """Return each frame's things. A single frame shows no motion, and so has none."""
    if len(frames) < 2:
        return [[] for _ in frames]
    height, width = frames[0].shape[:2]
    motion = [own_motion(frames, places, number) for number in range(len(frames))]
    regions = [covered(moving_parts(motion, places, number)) for number in range(len(frames))]
    if not any(regions):
        return [[] for _ in frames]
    resting = plate_of(frames, places, [_together(masks, frames[0]) for masks in regions])
    now = [covered(moving_parts(motion, places, n, NOW)) for n in range(len(frames))]
    usual = plate_of(frames, places, [_together(masks, frames[0]) for masks in now])
    smallest = round(SMALLEST * height * width)
    found: list[list[Thing]] = []
    for number, frame in enumerate(frames):
        ground, known = resting.behind(places[number], (width, height))
        likely, seen = usual.behind(places[number], (width, height))
        ground = np.where((known > 0)[:, :, None], ground, likely)
        apart = difference(frame, ground, np.maximum(known, seen))
        before = _together(now[number], frame)
        if found:
            way = places[number].inverse() @ places[number - 1]
            last = _together([thing.mask for thing in found[-1]], frame)
            before |= moved(last.astype(np.uint8) * 255, way, (width, height)) > 127
        found.append(
            things_of(frame, apart, known, motion[number], regions[number], before, smallest)
        )
    return found


def _together(masks: Sequence[Mask], frame: Bytes) -> Mask:
    """Return all masks of a frame as one."""
    found = np.zeros(frame.shape[:2], np.bool_)
    for mask in masks:
        found |= mask
    return found


def _sightings(
    tracks: Sequence[Track], frames: range, size: tuple[int, int]
) -> Iterator[Sequence[Sighting]]:
    """Yield the characters of each frame, at full size."""
    alive = [track for track in tracks if track.is_character()]
    for frame in frames:
        yield [
            Sighting(track.number, enlarged(thing.mask, size), thing.score)
            for track in alive
            if (thing := track.things.get(frame)) is not None
        ]


def build(model: Model, host: Host) -> Foreground:
    """Return it: it needs neither weights nor a device."""
    return Foreground()
