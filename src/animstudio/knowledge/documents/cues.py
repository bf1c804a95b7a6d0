"""Subtitle cues as text: what is said, when, and by whom where the file tells."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from animstudio.knowledge.documents.scene_times import scene_times
from animstudio.knowledge.documents.source import Reading, Source
from animstudio.knowledge.documents.writing import Writing, clean, one_line

_SPEAKER: Final = re.compile(
    r"(?:[-–—]\s*)?(?:\[([^\]\n]{1,30})\]|([A-Z\u00c0-\u00de][A-Z\u00c0-\u00de .'’\-#0-9]{1,30})|"
    r"([\u4e00-\u9fff·]{1,8}))\s*[:：]\s*"
)
_TIME: Final = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,:](\d{1,3}))?")
_ENTITIES: Final = {"amp": "&", "lt": "<", "gt": ">", "nbsp": " ", "lrm": "", "rlm": "",
                    "quot": '"', "apos": "'", "#39": "'"}  # fmt: skip
_ENTITY: Final = re.compile(r"&(#?\w+);")


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown from one second to another; `line` is the file's, from 1."""

    begin: float
    stop: float
    text: str
    line: int
    character: str | None = None


def cues_reading(source: Source, cues: Iterable[Cue], *, title: str = "") -> Reading:
    """Return the cues written anew, in the file's order, markup already taken out of them.

    Where the film's scenes are read with them, each knows its scene.

    Raises UnreadableDocument where there is none.
    """
    writing, scenes = Writing(source), scene_times(source)
    found = 0
    for cue in cues:
        found += 1
        words = "\n".join(filter(None, map(one_line, clean(cue.text).split("\n"))))
        character, words = _speaker(words) if cue.character is None else (cue.character, words)
        said = f"{character}: {words}" if character and words else words
        writing.add("cue", said, begin=cue.begin, stop=cue.stop, character=character or None,
                    line=cue.line, scene=scenes.at(cue.begin, cue.stop))  # fmt: skip
    if not found:
        raise source.refused("there are no subtitles in it")
    return writing.reading(title=title)


def _speaker(words: str) -> tuple[str | None, str]:
    """Take a speaker's name off the beginning: ``LUCA: Silenzio, Bruno!``."""
    named = _SPEAKER.match(words)
    if not named or not words[named.end() :].strip():
        return None, words
    name = next(group for group in named.groups() if group)
    return one_line(name), words[named.end() :]


def seconds(text: str) -> float | None:
    """Return a subtitle's time in seconds, ``01:02:03,456`` or ``02:03.4``; None for none."""
    found = _TIME.fullmatch(text.strip())
    if not found:
        return None
    hours, minutes, rest, fraction = found.groups()
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(rest)
    return round(whole + (int(fraction) / 10 ** len(fraction) if fraction else 0.0), 3)


def entities(text: str) -> str:
    """Return text with the few entities that subtitles use replaced."""
    return _ENTITY.sub(lambda found: _ENTITIES.get(found.group(1).lower(), found.group()), text)
