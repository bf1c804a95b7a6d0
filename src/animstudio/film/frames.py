"""Which frames of a film become pictures: a pure choice over measures and shots.

Windows are cut into cells of 2^k frames, aligned to the film's clock, and a frame is
eligible when it is the sharpest of its cell. The grain follows the window's length, so the
whole choice can be foreseen while decoding with a few dozen pictures in memory (keeper.py),
and still be made again exactly from the measures alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from animstudio.film.measures import Measures
from animstudio.film.shot import Shot
from animstudio.kernel.spec import Spec

HELD = 0.35
"""Mean luma change (0-255) below which two frames show the same drawing."""


class FrameSpec(Spec):
    """Which frames become pictures, and how they are written."""

    mode: Literal["scene", "interval", "hybrid"] = "scene"
    """scene: some of every shot; interval: one every so often; hybrid: both."""
    per_scene: Annotated[int, Field(ge=1, le=100)] = 3
    """Pictures a shot, spread evenly."""
    margin: Annotated[float, Field(ge=0, lt=0.5)] = 0.1
    """Share of a shot left out at its beginning and at its end."""
    every: Annotated[float, Field(gt=0)] = 5.0
    """Seconds between pictures in the modes interval and hybrid."""
    every_frames: Annotated[int, Field(ge=1)] | None = None
    """Frames between pictures; takes the place of `every`."""
    quality: Annotated[int, Field(ge=1, le=100)] = 95
    """JPEG quality."""
    crop_bars: bool = False
    """Cut black bars off."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A frame to be written: its shot, its place among the shot's pictures, its number."""

    scene: int
    position: int
    frame: int
    pts: int


def choose_frames(
    measures: Measures, shots: Sequence[Shot], spec: FrameSpec = FrameSpec(), cells: int = 8
) -> list[Choice]:
    """Choose the frames to write: sharpest in each window, in no transition, no drawing twice.

    `cells` is how finely a shot is looked through: in that many to twice as many cells.
    A film that has frames has at least one chosen in every shot.
    """
    drawing = np.cumsum(measures.change > HELD, dtype=np.int64)
    return [
        Choice(shot.number, position, frame, int(measures.pts[frame]))
        for shot in shots
        for position, frame in enumerate(_of_shot(measures, shot, spec, cells, drawing), 1)
    ]


def _of_shot(
    measures: Measures,
    shot: Shot,
    spec: FrameSpec,
    cells: int,
    drawing: NDArray[np.int64],
) -> list[int]:
    found: list[int] = []
    seen: set[int] = set()
    usable = shot.clean or range(shot.start, shot.end)
    for window in _windows(measures, usable, spec):
        for frame in _by_sharpness(measures, window, grain(len(shot), cells)):
            if int(drawing[frame]) not in seen:
                seen.add(int(drawing[frame]))
                found.append(frame)
                break
    return sorted(found)


def _windows(measures: Measures, usable: range, spec: FrameSpec) -> Iterator[range]:
    """Yield the stretches of a shot out of which one frame each is taken."""
    if spec.mode != "interval":
        skip = int(len(usable) * spec.margin)
        inner = usable[skip : len(usable) - skip] or usable
        edges = np.linspace(inner.start, inner.stop, min(spec.per_scene, len(inner)) + 1)
        for first, last in pairwise(edges):
            yield range(int(first), max(int(first) + 1, int(last)))
    if spec.mode != "scene":
        yield from _intervals(measures, usable, spec)


def _intervals(measures: Measures, usable: range, spec: FrameSpec) -> Iterator[range]:
    """Yield the parts of the film's even intervals (of its own clock) that lie in these frames."""
    if spec.every_frames:
        index = measures.beats[usable.start : usable.stop] // spec.every_frames
    else:
        seconds = measures.pts[usable.start : usable.stop] * float(measures.time_base)
        index = np.floor(seconds / spec.every + 1e-9).astype(np.int64)
    cuts = [0, *(np.flatnonzero(np.diff(index)) + 1).tolist(), len(index)]
    for first, last in pairwise(cuts):
        yield usable[first:last]


def grain(length: int, cells: int) -> int:
    """Return k such that a shot of `length` frames has `cells` to 2*`cells` cells of 2^k."""
    return max(0, (length // cells).bit_length() - 1)


def _by_sharpness(measures: Measures, window: range, level: int) -> list[int]:
    """Return the sharpest frame of each cell inside a window, sharpest first.

    Cells that stick out of the window do not count, unless there are no others.
    """
    around = measures.beats[max(0, window.start - 1) : window.stop + 1] >> level
    lead = window.start - max(0, window.start - 1)
    cell = around[lead : lead + len(window)]
    cuts = [0, *(np.flatnonzero(np.diff(cell)) + 1).tolist(), len(window)]
    pieces = [window[a:b] for a, b in pairwise(cuts)]
    if lead and around[0] == cell[0]:
        pieces = pieces[1:]
    if len(around) > lead + len(window) and around[-1] == cell[-1]:
        pieces = pieces[:-1]
    winners = [
        piece.start + int(np.argmax(measures.sharpness[piece.start : piece.stop]))
        for piece in pieces or [window]
    ]
    return sorted(winners, key=lambda f: (-float(measures.sharpness[f]), f))


def picture_name(choice: Choice, seconds: float) -> str:
    """Return the file name of a picture: its shot, position, frame number and time."""
    return (
        f"scene{choice.scene:04d}_pos{choice.position}_frame{choice.frame:06d}_t{seconds:.3f}s.jpg"
    )
