"""The detector `grid`: whatever SAM 2 cuts out at a grid of points, if it moves by itself.

For where there are no weights of a detector. What is cut out at a point may be a thing or a piece
of the ground; a character is neither tiny nor most of the picture, does not lie along the
picture's edge, and moves over the ground between two looks. So nothing is found at the first
look at a shot; SAM 2 follows what is found later back in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from animstudio.kernel.errors import AskedWrongly
from animstudio.media.imaging import Plane, grey_of, resized
from animstudio.media.views import Bytes
from animstudio.media.warp import moved, shrunk
from animstudio.models.boxes import bounds_of, surest
from animstudio.models.foreground.camera import step_between
from animstudio.models.foreground.change import difference
from animstudio.models.foreground.regions import MOVES
from animstudio.models.foreground.things import rim_of
from animstudio.models.registry import Host, Model
from animstudio.models.seams import Found, Mask, Segmenter

NAME: Final = "grid"
ACROSS, DOWN = 8, 6
"""Points."""
SIDE: Final = 384
"""Longest side at which motion is told, pixels."""
LEAST, MOST = 0.004, 0.5
"""Share of the picture that a character covers."""
RIM: Final = 0.22
"""Share of its outline that may lie on the picture's edge."""
OWN: Final = 0.4
"""Share of it that must have moved since the last look."""


@runtime_checkable
class Cutter(Protocol):
    """What cuts out whatever is at a point."""

    def masks_at(self, picture: Bytes, points: Sequence[tuple[int, int]]) -> list[Mask]:
        """Return the masks (h, w) of what is at points (x, y), where there is something."""
        ...


class Grid:
    """Finds what moves, look after look, in one shot; `cutter` is the segmenter."""

    name = NAME

    def __init__(self, cutter: Cutter) -> None:
        self._cutter = cutter
        self._before: Bytes | None = None

    def find(self, picture: Bytes) -> list[Found]:
        """Return what moved since the last look; nothing at the first one."""
        small = shrunk(picture, SIDE)
        before, self._before = self._before, small
        motion = _own_motion(before, small) if before is not None else None
        if motion is None or not (motion > MOVES).any():
            return []
        height, width = picture.shape[:2]
        points = [
            (round((column + 0.5) * width / ACROSS), round((row + 0.5) * height / DOWN))
            for row in range(DOWN)
            for column in range(ACROSS)
        ]
        found = []
        for mask in self._cutter.masks_at(picture, points):
            moves = _moving_share(mask, motion)
            box = bounds_of(mask)
            if box and LEAST <= mask.mean() <= MOST and rim_of(mask) <= RIM and moves >= OWN:
                found.append(Found(box, "", moves))
        return surest(found)


def _own_motion(before: Bytes, now: Bytes) -> Plane | None:
    """Return how much a small frame differs from an earlier one laid over it; None if in vain."""
    if before.shape != now.shape:
        return None
    step = step_between(grey_of(before), grey_of(now))
    if step is None:
        return None
    size = now.shape[1], now.shape[0]
    there = moved(np.ones(now.shape[:2], np.uint8), step, size)
    return difference(now, moved(before, step, size), there)


def _moving_share(mask: Mask, motion: Plane) -> float:
    small: NDArray[np.bool_] = resized(mask.astype(np.float32), motion.shape) > 0.5
    return float((motion[small] > MOVES).mean()) if small.any() else 0.0


def grid_over(segmenter: Segmenter) -> Grid:
    """Return the detector for one shot. Raises AskedWrongly for a segmenter without points."""
    if not isinstance(segmenter, Cutter):
        raise AskedWrongly(f"grid needs SAM 2, which '{segmenter.name}' is not")
    return Grid(segmenter)


def build(model: Model, host: Host) -> Grid:
    """Refuse: it works with the segmenter's own weights, see `grid_over`."""
    raise AskedWrongly("grid works only together with SAM 2")
