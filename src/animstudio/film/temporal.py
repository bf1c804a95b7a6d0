"""Continuity: how alike neighbouring chosen pictures are, and where the light flickers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from animstudio.film.measures import Measures
from animstudio.film.shot import Shot
from animstudio.kernel.spec import Seconds, Share, Spec
from animstudio.media.imaging import Plane, blurred, resized
from animstudio.media.views import LUMA_SIDE, Bytes, shrink

Levels = Annotated[float, Field(ge=0, le=255)]


class TemporalSpec(Spec):
    """What counts as an abrupt change and as flicker."""

    abrupt_below: Share = 0.3
    """Structural similarity below which two neighbouring pictures change abruptly."""
    flicker_levels: Levels = 10.0
    """Jump of the mean luma, in levels of 255, above which light flickers."""
    flicker_within: Seconds = 0.25
    """A jump must swing back within this many seconds; slower is a light turned on or off."""


@dataclass(frozen=True, slots=True)
class Step:
    """From one chosen picture to the next.

    ssim:   structural similarity, -1 to 1; 1 is the same picture.
    jump:   change of the mean luma, -255 to 255.
    abrupt: ssim below the threshold.      flicker: jump above its own, either way.
    """

    ssim: float
    jump: float
    abrupt: bool
    flicker: bool

    def as_record(self) -> dict[str, float | bool]:
        """Return plain JSON."""
        return {
            "ssim": round(self.ssim, 4),
            "jump": round(self.jump, 4),
            "abrupt": self.abrupt,
            "flicker": self.flicker,
        }


@dataclass(frozen=True, slots=True)
class Flicker:
    """Light that swings up and down over frames [start, end) of one shot.

    shot: the shot's number.   swings: how many jumps.   levels: the largest, 0-255.
    """

    shot: int
    start: int
    end: int
    swings: int
    levels: float

    def as_record(self) -> dict[str, int | float]:
        """Return plain JSON."""
        return {
            "shot": self.shot,
            "start": self.start,
            "end": self.end,
            "swings": self.swings,
            "levels": round(self.levels, 4),
        }


def compare_neighbours(lumas: Iterable[Bytes], spec: TemporalSpec | None = None) -> list[Step]:
    """Return the steps between lumas (h, w) in order: one fewer than there are.

    They are shrunk to 320 pixels first and need not be of one size; two are held at a time.
    """
    spec = spec or TemporalSpec()
    small = (shrink(luma, LUMA_SIDE).astype(np.float32) for luma in lumas)
    steps = []
    for before, after in pairwise(small):
        similarity = ssim(before, resized(after, before.shape))
        jump = float(after.mean()) - float(before.mean())
        abrupt, flicker = similarity < spec.abrupt_below, abs(jump) > spec.flicker_levels
        steps.append(Step(similarity, jump, abrupt, flicker))
    return steps


def ssim(one: Plane, other: Plane) -> float:
    """Return the mean structural similarity of two planes (h, w) from 0 to 255, -1 to 1.

    Wang et al., "Image quality assessment: from error visibility to structural similarity",
    IEEE TIP 2004: Gaussian windows of sigma 1.5, K1 0.01, K2 0.03.
    """
    small, smaller = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_one, mean_other = blurred(one, 1.5), blurred(other, 1.5)
    spread_one = blurred(one * one, 1.5) - mean_one**2
    spread_other = blurred(other * other, 1.5) - mean_other**2
    shared = blurred(one * other, 1.5) - mean_one * mean_other
    alike = (2 * mean_one * mean_other + small) * (2 * shared + smaller)
    whole = (mean_one**2 + mean_other**2 + small) * (spread_one + spread_other + smaller)
    return float(np.clip((alike / whole).mean(), -1, 1))


def find_flicker(
    measures: Measures, shots: Sequence[Shot], spec: TemporalSpec | None = None
) -> list[Flicker]:
    """Return where the light of a shot jumps and swings back, in order.

    Only frames outside transitions are looked at, and jumps must alternate: a fade, however
    quick, goes one way, and so does a lamp that is switched on.
    """
    spec = spec or TemporalSpec()
    return [found for shot in shots for found in _in_shot(measures, shot, spec)]


def _in_shot(measures: Measures, shot: Shot, spec: TemporalSpec) -> list[Flicker]:
    clean = shot.clean
    luma = measures.luma[clean.start : clean.stop].astype(np.float64)
    jumps = np.diff(luma)
    at = np.flatnonzero(abs(jumps) > spec.flicker_levels)
    found: list[Flicker] = []
    group: list[int] = []
    for jump in at.tolist():
        if group and not _swings_back(measures, clean.start, group[-1], jump, jumps, spec):
            found += _flicker(shot, clean.start, group, jumps)
            group = []
        group.append(jump)
    return found + _flicker(shot, clean.start, group, jumps)


def _swings_back(
    measures: Measures,
    first: int,
    last: int,
    jump: int,
    jumps: NDArray[np.float64],
    spec: TemporalSpec,
) -> bool:
    """Say whether a jump answers the last one: the other way, and soon."""
    since = measures.seconds(first + jump + 1) - measures.seconds(first + last + 1)
    return bool(jumps[last] * jumps[jump] < 0) and since <= spec.flicker_within


def _flicker(shot: Shot, first: int, group: list[int], jumps: NDArray[np.float64]) -> list[Flicker]:
    if len(group) < 2:
        return []
    levels = float(abs(jumps[group]).max())
    return [Flicker(shot.number, first + group[0] + 1, first + group[-1] + 1, len(group), levels)]
