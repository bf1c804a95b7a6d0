"""When a decoded frame is shown: presentation times that strictly increase, whatever the file says.

What goes wrong in files, and what is done about it:

- no time at all: the frame comes one frame after the last one;
- a time that repeats, or goes back by less than a second: one tick after the last one, so that
  the frames behind it keep their own times;
- a clock that is set anew (joined transport streams): the film goes on one frame later, and
  everything behind moves along;
- AVI keeps no presentation times, and FFmpeg makes them up in decoding order, wrong for every
  B-frame of H.264. What is right is the order in which frames come out of the decoder, and the
  even ticks (`dts`) at which they do.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from animstudio.media.probe import FilmProbe

if TYPE_CHECKING:
    import av

BACK = 1
"""Seconds. A time that goes back by more means that the clock was set anew."""
LEAP = 600
"""Seconds. So does one that leaps ahead by more, in streams that are cut and joined freely."""
JOINED = ("mpegts", "mpeg")
"""Containers whose clock may be set anew anywhere (ISO/IEC 13818-1, 2.7.4)."""


@dataclass(slots=True)
class Clock:
    """The clock of one pass over a film, or over a part that begins at a keyframe."""

    frame_ticks: int
    second: int
    leaps: bool
    by_order: bool
    _last: int | None = None
    _shift: int = 0

    @classmethod
    def of(cls, probe: FilmProbe) -> Clock:
        """Return a new clock for a film."""
        return cls(
            frame_ticks=max(1, round(1 / (probe.rate * probe.time_base))),
            second=max(1, int(Fraction(1) / probe.time_base)),
            leaps=probe.container in JOINED,
            by_order=probe.container == "avi",
        )

    def place(self, frame: av.VideoFrame) -> int:
        """Return when the next frame is shown, in ticks; more than for the frame before."""
        stamp = frame.dts if self.by_order else frame.pts
        if self._last is None:
            first = frame.pts if frame.pts is not None else 0
            self._shift = first - stamp if stamp is not None else 0
            self._last = first
            return first
        self._last = self._after(self._last, stamp)
        return self._last

    def _after(self, last: int, stamp: int | None) -> int:
        if stamp is None:
            return last + self.frame_ticks
        step = stamp + self._shift - last
        if step < -BACK * self.second or (self.leaps and step > LEAP * self.second):
            self._shift += self.frame_ticks - step
            return last + self.frame_ticks
        return last + max(1, step)
