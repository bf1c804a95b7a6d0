"""Advanced SubStation Alpha subtitles (.ass, .ssa): events in columns, and a name for each.

Source: the format's specification (SubStation Alpha v4.00+).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from animstudio.knowledge.documents.cues import Cue, cues_reading, seconds
from animstudio.knowledge.documents.source import Reading, Source

_COLUMNS: Final = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv",
                   "effect", "text")  # fmt: skip
_OVERRIDE: Final = re.compile(r"\{[^}\n]*\}")
_DRAWING: Final = re.compile(r"\{[^}\n]*\\p[1-9][^}\n]*\}.*?(?:\{[^}\n]*\\p0[^}\n]*\}|$)")
_TITLE: Final = re.compile(r"^Title:[ \t]*(.+?)[ \t]*$", re.MULTILINE)
_LINE: Final = re.compile(r"\r\n?|\n")


def read_ass(source: Source) -> Reading:
    """Return what is said written anew, in the order of its times; comments are left out."""
    title = _TITLE.search(source.text)
    cues = sorted(_cues(source.text), key=lambda cue: (cue.begin, cue.stop))
    return cues_reading(source, cues, title=title.group(1) if title else "")


def _cues(text: str) -> Iterator[Cue]:
    columns: tuple[str, ...] = _COLUMNS
    inside = False
    for number, line in enumerate(_LINE.split(text), start=1):
        if line.startswith("["):
            inside = line.strip().lower() == "[events]"
        elif inside and line.lower().startswith("format:"):
            columns = tuple(word.strip().lower() for word in line[7:].split(","))
        elif inside and line.lower().startswith("dialogue:"):
            values = dict(zip(columns, line[9:].split(",", len(columns) - 1), strict=False))
            start, stop = seconds(values.get("start", "")), seconds(values.get("end", ""))
            words = _plain(values.get("text", ""))
            if start is not None and stop is not None and words:
                name = values.get("name", values.get("actor", "")).strip()
                yield Cue(start, max(start, stop), words, number, name or None)


def _plain(text: str) -> str:
    """Return an event's words: no overrides, no drawings, ``\\N`` as a line end."""
    words = _OVERRIDE.sub("", _DRAWING.sub("", text))
    return words.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ").strip()
