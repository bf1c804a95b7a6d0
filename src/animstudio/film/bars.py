"""Black bars of a shot: letterbox and pillarbox, from the bars its frames show.

Content may be dark at its edge in one frame and lit in the next, a bar never is: a shot's
bars are the smallest that any of its frames shows. What is left must still look like bars,
for cutting into a night scene is worse than leaving a black edge: both sides alike, and
either a picture shape that films have, shown by a good part of the frames, or the same
in nearly all of them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animstudio.film.measures import Measures
from animstudio.film.shot import Shot

RATIOS = {
    "9:16": 9 / 16,
    "1:1": 1.0,
    "5:4": 1.25,
    "4:3": 4 / 3,
    "1.37": 1.375,
    "1.43": 1.43,
    "3:2": 1.5,
    "1.66": 5 / 3,
    "16:9": 16 / 9,
    "1.85": 1.85,
    "1.90": 1.9,
    "2.00": 2.0,
    "2.20": 2.2,
    "2.35": 2.35,
    "2.39": 2.39,
    "2.40": 2.4,
    "2.55": 2.55,
    "2.76": 2.76,
}
"""Picture shapes that films have, width over height as seen."""

NAMED = 0.012
"""A shape carries a ratio's name when it is this near to it, as a share of the ratio."""
SNAPPED = 0.004
"""A bar moves to where its ratio puts it when that is this near, as a share of its axis."""
SLIGHT = 0.008
"""Bars smaller than this share are the dirty edge of a transfer, not bars."""
ALIKE = 0.012
"""Two sides' bars may differ by this share: transfers are not always centred."""
STEADY = 0.9
"""Share of the frames that must show the same bars where no known shape speaks for them."""
SHOWN = 0.3
"""The same where a known shape does."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Black bars in pixels of the full picture, even numbers, and the shape of what is inside.

    ratio: a key of `RATIOS`, or the width over height as in "2.10" where none is near.
    seen:  False where every frame was too dark to tell; the bars are then 0.
    """

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0
    ratio: str = ""
    seen: bool = True

    def __bool__(self) -> bool:
        return bool(self.top or self.bottom or self.left or self.right)

    def inside(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the picture (h, w, ...) without its bars, as a view."""
        height, width = picture.shape[:2]
        return picture[self.top : height - self.bottom, self.left : width - self.right]

    def halved(self) -> Bars:
        """Return the bars of the picture at half its size."""
        return replace(self, top=self.top // 2, bottom=self.bottom // 2,
                       left=self.left // 2, right=self.right // 2)  # fmt: skip

    def as_record(self) -> dict[str, int | str | bool]:
        """Return plain JSON."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Bars:
        """Return what `as_record` wrote."""
        return cls(**record)


def measure_bars(
    measures: Measures, shot: Shot, size: tuple[int, int], *, pixel_aspect: float = 1.0
) -> Bars:
    """Return the bars of one shot; `size` is the full picture's width and height.

    `pixel_aspect` is a pixel's width over its height. Frames in transitions are left out,
    unless the shot has no others.
    """
    frames = shot.clean or range(shot.start, shot.end)
    return bars_of_frames(measures.bars[frames.start : frames.stop], size, pixel_aspect)


def bars_of_shots(
    measures: Measures,
    shots: Sequence[Shot],
    size: tuple[int, int],
    *,
    pixel_aspect: float = 1.0,
) -> list[Bars]:
    """Return every shot's bars; a shot too dark to tell takes those most of the film has."""
    found = [measure_bars(measures, shot, size, pixel_aspect=pixel_aspect) for shot in shots]
    frames: Counter[Bars] = Counter()
    for shot, bars in zip(shots, found, strict=True):
        if bars.seen:
            frames[bars] += len(shot)
    if not frames:
        return found
    usual = replace(frames.most_common(1)[0][0], seen=False)
    return [bars if bars.seen else usual for bars in found]


def bars_of_frames(
    bars: NDArray[np.float32], size: tuple[int, int], pixel_aspect: float = 1.0
) -> Bars:
    """Return the bars that rows (n, 4) of `Measures.bars` agree on, for a picture of `size`."""
    width, height = size
    told = bars[~np.isnan(bars).any(axis=1)].astype(np.float64)
    if len(told) == 0:
        return Bars(ratio=_name(width * pixel_aspect / height)[0], seen=False)
    least = told.min(axis=0)
    least[:2] = _alike(least[:2])
    least[2:] = _alike(least[2:])
    shape = _shape(least, size, pixel_aspect)
    name, ratio = _name(shape)
    if not _steady(told, least, SHOWN if ratio else STEADY):
        least[:] = 0.0
        name, ratio = _name(width * pixel_aspect / height)
    if ratio:
        least = _snap(least, ratio, size, pixel_aspect)
    sides = (height, height, width, width)
    top, bottom, left, right = (
        _even(share, side) for share, side in zip(least.tolist(), sides, strict=True)
    )
    return Bars(top, bottom, left, right, name)


def _alike(pair: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the two sides' bars, or none when they are slight or differ."""
    if pair.min() < SLIGHT or abs(pair[0] - pair[1]) > ALIKE:
        return np.zeros(2)
    return pair


def _steady(told: NDArray[np.float64], least: NDArray[np.float64], share: float) -> bool:
    """Say whether this share of the frames shows these bars and hardly more."""
    same = (told - least <= SNAPPED).all(axis=1)
    return float(same.mean()) >= share


def _shape(bars: NDArray[np.float64], size: tuple[int, int], aspect: float) -> float:
    width, height = size
    across, down = 1 - float(bars[2:].sum()), 1 - float(bars[:2].sum())
    return width * across * aspect / (height * down)


def _name(shape: float) -> tuple[str, float]:
    """Return the nearest known ratio's name and value, or the number as text and 0."""
    name = min(RATIOS, key=lambda known: abs(math.log(shape / RATIOS[known])))
    if abs(shape / RATIOS[name] - 1) <= NAMED:
        return name, RATIOS[name]
    return f"{shape:.2f}", 0.0


def _snap(
    bars: NDArray[np.float64], ratio: float, size: tuple[int, int], aspect: float
) -> NDArray[np.float64]:
    """Return bars that leave exactly `ratio`, where a small move of one axis does it."""
    width, height = size
    letter, pillar = bars[:2].sum(), bars[2:].sum()
    if (letter > 0) == (pillar > 0):
        return bars
    axis = slice(0, 2) if letter > 0 else slice(2, 4)
    whole = width * aspect / height
    share = whole / ratio if letter > 0 else ratio / whole
    move = (1 - share - bars[axis].sum()) / 2
    if abs(move) > SNAPPED:
        return bars
    snapped = bars.copy()
    snapped[axis] = bars[axis].sum() / 2 + move
    return snapped


def _even(share: float, side: int) -> int:
    """Return a bar's pixels, to the nearest even number, as 4:2:0 pictures are cropped."""
    return 2 * round(share * side / 2) if share > 0 else 0
