"""Numbers as people read them."""

from __future__ import annotations

from animstudio.film.export.timecode import (
    TimecodeRate,
    clock,
    elapsed_seconds,
    grid_frame,
    timecode_rate,
)
from animstudio.film.measures import Measures
from animstudio.kernel.errors import WorkFailed


class Times:
    """A film's times in words: SMPTE timecode where its rate has one, else a clock."""

    def __init__(self, measures: Measures) -> None:
        self.measures = measures
        self.rate: TimecodeRate | None
        try:
            self.rate = timecode_rate(measures)
        except WorkFailed:
            self.rate = None

    def code(self, frame: int) -> str:
        """Return when frame `frame` begins, counted from the film's first frame."""
        if self.rate is None:
            return clock(elapsed_seconds(self.measures, frame))
        return self.rate.text(grid_frame(self.measures, frame, self.rate))


GAP = "\N{NO-BREAK SPACE}"
"""Between a number and its unit."""


def length(seconds: float) -> str:
    """Return a length of time: ``0.42 s``, ``12.3 s``, ``4 min 05 s``, ``1 h 35 min``."""
    if seconds < 9.995:
        return f"{seconds:.2f}{GAP}s"
    if seconds < 59.95:
        return f"{seconds:.1f}{GAP}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}{GAP}min {rest:02d}{GAP}s"
    minutes = round(seconds / 60)
    return f"{minutes // 60}{GAP}h {minutes % 60:02d}{GAP}min"


def count(number: int, thing: str) -> str:
    """Return ``1 shot``, ``1,532 shots``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def percent(share: float) -> str:
    """Return a share 0-1 as percent; what is there never reads 0 %."""
    value = share * 100
    text = f"{value:.0f}" if value >= 1 or value == 0 else f"{max(value, 0.01):.2g}"
    return f"{text}{GAP}%"


def loudness(lufs: float) -> str:
    """Return a loudness, with a minus that is one."""
    return f"{lufs:.1f}{GAP}LUFS".replace("-", "\N{MINUS SIGN}")


def plain(word: str) -> str:
    """Return a record's word as a person writes it: ``pan_tilt`` is pan and tilt."""
    return {"pan_tilt": "pan and tilt", "fade_in": "fade in", "fade_out": "fade out"}.get(
        word, word.replace("_", " ")
    )
