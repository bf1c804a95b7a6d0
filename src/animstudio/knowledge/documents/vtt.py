"""WebVTT subtitles (.vtt). Source: W3C WebVTT, the block structure and cue text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from animstudio.knowledge.documents.cues import Cue, cues_reading, entities, seconds
from animstudio.knowledge.documents.source import Reading, Source

_TIMES: Final = re.compile(
    r"\s*((?:\d+:)?\d{1,2}:\d{1,2}[.,]\d{1,3})\s*-->\s*((?:\d+:)?\d{1,2}:\d{1,2}[.,]\d{1,3})"
)
_VOICE: Final = re.compile(r"<v(?:\.[^\s>]+)?[ \t]+([^>\n]+)>")
_TAG: Final = re.compile(r"</?[a-z0-9][^>\n]*>", re.IGNORECASE)
_LINE: Final = re.compile(r"\r\n?|\n")


def read_vtt(source: Source) -> Reading:
    """Return the cues written anew."""
    title = _LINE.split(source.text, maxsplit=1)[0].removeprefix("WEBVTT").strip(" \t-")
    return cues_reading(source, _cues(source.text), title=title)


def _cues(text: str) -> Iterator[Cue]:
    """Yield the cues: lines of times, and what follows up to an empty line."""
    lines = _LINE.split(text)
    for number, line in enumerate(lines):
        times = _TIMES.match(line)
        if not times:
            continue
        after = number + 1
        while after < len(lines) and lines[after].strip() and "-->" not in lines[after]:
            after += 1
        words = lines[number + 1 : after]
        start, stop = seconds(times.group(1)), seconds(times.group(2))
        if start is not None and stop is not None:
            yield from _voices("\n".join(words), start, max(start, stop), number + 1)


def _voices(text: str, start: float, stop: float, line: int) -> Iterator[Cue]:
    """Yield a cue's text, a cue of its own for every voice in it."""
    pieces = _VOICE.split(text)
    for at in range(0, len(pieces), 2):
        words = entities(_TAG.sub("", pieces[at])).strip()
        if words:
            voice = entities(pieces[at - 1]).strip() if at else None
            yield Cue(start, stop, words, line, voice)
