"""Clocks and SMPTE timecode.

Timecode numbers frames at a steady rate. A film of variable rate is laid on the grid of the
nearest standard rate by the time of its frames, which is how editors conform such films.

Source: SMPTE ST 12-1; drop-frame counting skips the numbers 00 and 01 (00 to 03 at 59.94) in
every minute that is not a multiple of ten.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from animstudio.film.measures import Measures
from animstudio.kernel.errors import AskedWrongly, WorkFailed

STANDARD = tuple(
    Fraction(rate)
    for rate in ("24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60")
)
"""Rates that editors count timecode at."""

SAME = 2e-4
"""Two rates are one when they differ by less than this share; 24 and 23.976 differ by 1e-3."""
NEAR = 2e-2
"""A film of variable rate counts at a standard rate whose frame lasts about as long as its own."""


@dataclass(frozen=True, slots=True)
class TimecodeRate:
    """A steady rate of frames, and whether its numbers drop.

    exact: frames a second. nominal: what the frames field counts to, 24 for 23.976.
    """

    exact: Fraction
    drop: bool = False

    def __post_init__(self) -> None:
        if self.drop and self.exact not in (Fraction(30000, 1001), Fraction(60000, 1001)):
            raise AskedWrongly(
                f"drop-frame timecode exists at 29.97 and 59.94 frames a second, "
                f"not at {float(self.exact):.5g}",
                hint="leave out --drop-frame",
            )

    @property
    def nominal(self) -> int:
        """Frames a second as timecode counts them."""
        return round(self.exact)

    def text(self, frame: int) -> str:
        """Return the timecode of a frame counted from 00:00:00:00; 24 hours wrap."""
        if self.drop:
            frame += _numbers_dropped(frame, self.nominal)
        seconds, frames = divmod(frame, self.nominal)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        mark = ";" if self.drop else ":"
        return f"{hours % 24:02d}:{minutes:02d}:{seconds:02d}{mark}{frames:02d}"

    def frame(self, text: str) -> int:
        """Return how many frames after 00:00:00:00 a timecode is.

        Raises AskedWrongly where the text is no timecode of this rate.
        """
        found = re.fullmatch(r"(\d\d):([0-5]\d):([0-5]\d)[:;](\d\d)", text.strip())
        if not found or int(found[1]) > 23 or int(found[4]) >= self.nominal:
            raise AskedWrongly(
                f"'{text}' is no timecode at {float(self.exact):.5g} frames a second",
                hint="write it as HH:MM:SS:FF, for example 01:00:00:00",
            )
        hours, minutes, seconds, frames = map(int, found.groups())
        frame = ((hours * 60 + minutes) * 60 + seconds) * self.nominal + frames
        if not self.drop:
            return frame
        per_minute = self.nominal // 15
        if seconds == 0 and frames < per_minute and minutes % 10:
            raise AskedWrongly(f"'{text}' is one of the numbers that drop-frame timecode skips")
        whole = hours * 60 + minutes
        return frame - per_minute * (whole - whole // 10)


def timecode_rate(measures: Measures, *, drop: bool = False) -> TimecodeRate:
    """Return the rate at which editors will count this film's frames.

    That is the film's own rate where it is a standard one; the first standard multiple of it
    (12 counts at 24); or, where the rate varies, the standard rate whose frame lasts about as
    long as the film's median frame.

    Raises WorkFailed where there is none, and AskedWrongly for drop-frame at a rate without it.
    """
    for multiple in range(1, 9):
        for standard in STANDARD:
            if abs(measures.rate * multiple / standard - 1) < SAME:
                return TimecodeRate(standard, drop)
    usual = 1 / (frame_ticks(measures) * measures.time_base)
    nearest = min(STANDARD, key=lambda standard: abs(standard / usual - 1))
    if abs(nearest / usual - 1) < NEAR:
        return TimecodeRate(nearest, drop)
    raise WorkFailed(
        f"editors have no timecode for {float(measures.rate):.5g} frames a second",
        hint="the JSON and CSV lists hold the exact times",
    )


def frame_ticks(measures: Measures) -> int:
    """Return how long the film's usual (median) frame lasts, in ticks; at least 1."""
    if len(measures) > 1:
        return max(1, int(np.median(np.diff(measures.pts))))
    return max(1, round(1 / (measures.rate * measures.time_base)))


def boundary_ticks(measures: Measures, frame: int) -> int:
    """Return when frame `frame` begins, or, past the last frame, when the film ends: in ticks."""
    if frame < len(measures):
        return int(measures.pts[frame])
    return int(measures.pts[-1]) + frame_ticks(measures)


def boundary_seconds(measures: Measures, frame: int) -> float:
    """Return `boundary_ticks` in seconds of the container's clock."""
    return float(boundary_ticks(measures, frame) * measures.time_base)


def elapsed_seconds(measures: Measures, frame: int) -> float:
    """Return `boundary_ticks` in seconds since the film's first frame."""
    ticks = boundary_ticks(measures, frame) - int(measures.pts[0])
    return float(ticks * measures.time_base)


def grid_frame(measures: Measures, frame: int, rate: TimecodeRate) -> int:
    """Return which frame of a steady rate is on screen when frame `frame` begins.

    Counted from the film's first frame; in a film of steady rate this is `frame` itself.
    """
    ticks = boundary_ticks(measures, frame) - int(measures.pts[0])
    return round(ticks * measures.time_base * rate.exact)


def clock(seconds: float) -> str:
    """Return ``HH:MM:SS.mmm``, rounded exactly as PySceneDetect rounds it."""
    hours = int(seconds / 3600)
    seconds -= hours * 3600
    minutes = int(seconds / 60)
    seconds = min(60.0, round(max(0.0, seconds - minutes * 60), 3))
    if seconds == 60.0:
        seconds, minutes = 0.0, minutes + 1
        if minutes == 60:
            minutes, hours = 0, hours + 1
    return f"{hours:02d}:{minutes:02d}:{seconds:06.3f}"


def _numbers_dropped(frame: int, nominal: int) -> int:
    """Return how many timecode numbers were skipped before frame `frame`."""
    per_minute = nominal // 15
    minute = nominal * 60 - per_minute
    ten = minute * 10 + per_minute
    tens, rest = divmod(frame, ten)
    # The first minute of every ten is a full one.
    minutes = max(0, rest - per_minute) // minute
    return per_minute * (9 * tens + minutes)
