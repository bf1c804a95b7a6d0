"""A shot's ground without its characters, put together from where they were not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from animstudio.characters import rle
from animstudio.characters.records import TrackRecord
from animstudio.characters.shot_frames import ShotFrames
from animstudio.media.cutout import Mask, grown
from animstudio.media.imaging import grey_of
from animstudio.media.png import encode_png
from animstudio.media.views import Bytes
from animstudio.media.warp import Move, shrunk
from animstudio.models.foreground.camera import places_of
from animstudio.models.foreground.plate import plate_of, within_reach

SIDE: Final = 960
"""Longest side of a frame in the background, pixels."""
FRAMES: Final = 20
"""Frames that it is put together from."""
RIM: Final = 0.012
"""Around a mask so much, in widths, is a shadow or the mask's error."""


def write_background(
    shot: ShotFrames, tracks: Sequence[TrackRecord], folder: Path, threads: int
) -> str | None:
    """Write the ground as a PNG, transparent where it was never seen; return its file's name.

    None where the frames do not lie together, as in a shot through a moving crowd.
    """
    every = max(1, len(shot.wanted) // FRAMES)
    only = {w.frame for w in shot.wanted[::every]}
    masks: dict[int, Mask] = {}
    for track in tracks:
        for frame, mask in zip(track.frames, track.masks, strict=True):
            if frame in only:
                own = rle.decode(mask)
                masks[frame] = masks[frame] | own if frame in masks else own
    frames: list[Bytes] = []
    hidden: list[Mask] = []
    top, bottom, left, right = shot.bars
    for wanted, picture in shot.pictures(threads, only=only):
        height, width = picture.shape[:2]
        inner = np.s_[top : height - bottom, left : width - right]
        own = masks.get(wanted.frame, np.zeros((height, width), np.bool_))
        frames.append(shrunk(picture[inner], SIDE))
        small = shrunk(own[inner].astype(np.uint8) * 255, SIDE) > 0
        hidden.append(grown(small, max(1, round(RIM * small.shape[1]))))
    if not frames:
        return None
    size = frames[0].shape[1], frames[0].shape[0]
    placed = places_of([grey_of(shrunk(frame, SIDE)) for frame in frames])
    taken = max(1, within_reach(placed, size))
    places = [place or Move() for place in placed[:taken]]
    plate = plate_of(frames[:taken], places, hidden[:taken])
    if not plate.seen.any():
        return None
    alpha = (plate.seen > 0).astype(np.uint8) * 255
    name = f"backgrounds/{shot.name}.png"
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_png(np.dstack([plate.picture * (alpha > 0)[:, :, None], alpha])))
    return name
