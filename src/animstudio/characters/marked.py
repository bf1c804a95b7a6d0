"""Frames with their characters marked, for people who want to see what was found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from animstudio.characters import rle
from animstudio.characters.records import TrackRecord
from animstudio.media.cutout import grown
from animstudio.media.jpeg import encode_jpeg
from animstudio.media.views import Bytes

COLOURS: Final = ((80, 200, 255), (255, 160, 60), (120, 255, 120), (255, 90, 220), (90, 90, 255))
"""BGR of the first tracks; then again from the first."""


def write_marked(frame: Bytes, sightings: Sequence[tuple[TrackRecord, int]], path: Path) -> None:
    """Write the frame with the outline of each track in a colour of its own."""
    picture = frame.copy()
    for track, number in sightings:
        mask = rle.decode(track.masks[number])
        colour = np.array(COLOURS[int(track.track.rpartition("t")[2]) % len(COLOURS)], np.uint8)
        picture[mask] = (picture[mask] * np.float32(0.75) + colour * np.float32(0.25)).astype(
            np.uint8
        )
        picture[mask & ~grown(mask, -max(2, frame.shape[1] // 400))] = colour
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_jpeg(picture, 90))
