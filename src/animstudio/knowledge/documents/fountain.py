"""Fountain screenplays. Source: the syntax at fountain.io, version 1.1."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from animstudio.knowledge.documents.plain import lines
from animstudio.knowledge.documents.script_lines import (
    Script,
    character_name,
    is_transition,
    scene_heading,
)
from animstudio.knowledge.documents.source import Reading, Source

_KEY: Final = re.compile(r"([A-Za-z][A-Za-z ]{0,30}):[ \t]*(.*)")
_SECTION: Final = re.compile(r"(#{1,6})[ \t]*(.*\S)")
_FORCED: Final = re.compile(r"\.(?!\.)\s*(.*?)(?:\s*#([\w.-]+)#)?\s*")
_TAG: Final = re.compile(r"#[\w.-]+#\s*$")
_EMPHASIS: Final = re.compile(r"[*_]+")
_Line = tuple[int, int, str]


def read_fountain(source: Source) -> Reading:
    """Return the file's own text, its scenes and speeches as blocks."""
    text = source.text
    found = [(start, end, text[start:end].strip()) for start, end in lines(text)]
    script = Script(text)
    at, title = _title_page(found, script)
    while at < len(found):
        at = _one(found, at, script)
    return Reading(text, tuple(script.blocks), title)


def _title_page(found: Sequence[_Line], script: Script) -> tuple[int, str]:
    """Read the keys at the beginning; return the line behind them, and the title."""
    if not found or not _KEY.fullmatch(found[0][2]) or is_transition(found[0][2]):
        return 0, ""
    at, key, title = 0, "", ""
    while at < len(found) and found[at][2]:
        named = _KEY.fullmatch(found[at][2])
        key, words = (named.group(1).lower(), named.group(2)) if named else (key, found[at][2])
        if key == "title" and words and not title:
            title = _EMPHASIS.sub("", words).strip()
        at += 1
    script.add("paragraph", found[0][0], found[at - 1][1])
    return at, title


def _one(found: Sequence[_Line], at: int, script: Script) -> int:
    """Add the block that begins at a line; return the line behind it."""
    start, end, words = found[at]
    if not words:
        return at + 1
    if words.startswith("/*"):
        return _boneyard(found, at, script)
    section = _SECTION.fullmatch(words)
    if section:
        script.open_section(start, end, len(section.group(1)), section.group(2))
        return at + 1
    heading = _heading(words) if not at or not found[at - 1][2] or words[0] == "." else None
    if heading:
        script.open_scene(start, end, *heading)
        return at + 1
    name = _name(found, at)
    if name:
        after = _end_of(found, at)
        script.add("cue", start, found[after - 1][1], name)
        return after
    if words[0] in "=>" or is_transition(words):
        script.add("paragraph", start, end)
        return at + 1
    return _action(found, at, script)


def _heading(words: str) -> tuple[int | None, str] | None:
    forced = _FORCED.fullmatch(words)
    if forced and forced.group(1):
        digits = re.match(r"\d+", forced.group(2) or "")
        return (int(digits.group()) if digits else None), forced.group(1)
    plain = _EMPHASIS.sub("", words)
    found = scene_heading(plain.upper())  # Fountain's headings may be written small
    if found is None:
        return None
    return found[0], " ".join(_TAG.sub("", plain).split())


def _name(found: Sequence[_Line], at: int) -> str | None:
    """Return who speaks: a name in capitals, or after ``@``, between an empty line and words."""
    words = found[at][2]
    if at + 1 >= len(found) or not found[at + 1][2] or (at and found[at - 1][2]):
        return None
    if words.startswith("@"):
        return words[1:].split("(")[0].rstrip("^").strip() or None
    return character_name(_EMPHASIS.sub("", words)) if words[0] not in "!>~=.[" else None


def _end_of(found: Sequence[_Line], at: int) -> int:
    """Return the line behind a stretch of lines that are not empty."""
    while at < len(found) and found[at][2]:
        at += 1
    return at


def _action(found: Sequence[_Line], at: int, script: Script) -> int:
    after = at + 1
    while after < len(found) and found[after][2] and not _SECTION.fullmatch(found[after][2]):
        after += 1
    script.add("paragraph", found[at][0], found[after - 1][1])
    return after


def _boneyard(found: Sequence[_Line], at: int, script: Script) -> int:
    """Add what is commented out, however long, as a paragraph of its own."""
    after = at
    while after < len(found) - 1 and "*/" not in found[after][2]:
        after += 1
    script.add("paragraph", found[at][0], found[after][1])
    return after + 1
