"""SubRip subtitles (.srt): numbered cues, times with a comma, a little HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from animstudio.knowledge.documents.cues import Cue, cues_reading, entities, seconds
from animstudio.knowledge.documents.source import Reading, Source

_TIMES: Final = re.compile(
    r"\s*(\d{1,3}:\d{1,2}:\d{1,2}(?:[,.:]\d{1,3})?)\s*-{1,2}>\s*(\d{1,3}:\d{1,2}:\d{1,2}(?:[,.:]\d{1,3})?)"
)
_TAG: Final = re.compile(
    r"</?(?:i|b|u|s|font|c|span|ruby|rt)\b[^>\n]*>|\{\\[^}\n]*\}", re.IGNORECASE
)
_LINE: Final = re.compile(r"\r\n?|\n")


def read_srt(source: Source) -> Reading:
    """Return the cues written anew."""
    return cues_reading(source, srt_cues(source.text))


def srt_cues(text: str) -> Iterator[Cue]:
    """Yield the cues. What begins one is its line of times: numbers are often wrong or missing."""
    lines = _LINE.split(text)
    begins = [number for number, line in enumerate(lines) if _TIMES.match(line)]
    for number, begin in enumerate(begins):
        until = begins[number + 1] if number + 1 < len(begins) else len(lines)
        words = lines[begin + 1 : until]
        if number + 1 < len(begins) and words and words[-1].strip().isdecimal():
            words.pop()  # the number of the next cue
        times = _TIMES.match(lines[begin])
        assert times
        start, stop = seconds(times.group(1)), seconds(times.group(2))
        if start is not None and stop is not None:
            plain = entities(_TAG.sub("", "\n".join(words)))
            yield Cue(start, max(start, stop), plain, begin + 1)
