"""Screenplay-shaped text: scene headings, names in capitals, what they say beneath.

Numbers in the margins (of scenes and pages), CONTINUED and MORE are nobody's words: they part
what is said, and belong to no character.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from animstudio.knowledge.documents.plain import lines
from animstudio.knowledge.documents.script_lines import (
    Script,
    character_name,
    is_margin,
    is_transition,
    may_have_scenes,
    scene_heading,
)
from animstudio.knowledge.documents.source import Reading, Source

_FEWEST_SCENES: Final = 2
_MOST_LINES: Final = 400
"""Lines a scene has on average at most; a report that quotes two headings is no screenplay."""
_INDENTED: Final = 8
"""Columns that what is said stands behind what is done, in a script that is laid out."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the text; `indent` in columns."""

    start: int
    end: int
    words: str
    indent: int


def read_screenplay(source: Source) -> Reading:
    """Return the file's own text, its scenes and speeches as blocks."""
    script = scan(source.text)
    return Reading(source.text, tuple(script.blocks), _title(source.text, script))


def is_screenplay(text: str) -> bool:
    """Return whether a text has scene headings on lines of their own, and names that speak."""
    if not may_have_scenes(text, _FEWEST_SCENES):
        return False
    found = _lines(text)
    headings = [
        line for number, line in enumerate(found)
        if scene_heading(line.words) and _stands_alone(found, number)
    ]  # fmt: skip
    if len(headings) < _FEWEST_SCENES or len(found) > _MOST_LINES * len(headings):
        return False
    return any(block.character for block in scan(text).blocks) or len(headings) * 10 >= len(found)


def scan(text: str) -> Script:
    """Return a screenplay's blocks."""
    found, script = _lines(text), Script(text)
    column = _speech_column(found)
    at = 0
    while at < len(found):
        at = _one(found, at, script, column)
    return script


def _one(found: Sequence[Line], at: int, script: Script, column: int | None) -> int:
    """Add the block that begins at a line; return the line behind it."""
    line = found[at]
    if not line.words:
        return at + 1
    heading = scene_heading(line.words)
    if heading:
        script.open_scene(line.start, line.end, *heading)
        return at + 1
    name = character_name(line.words)
    if name and _is_speech(found, at, column):
        return _speech(found, at, script, name, column)
    spoken = _chinese_speech(line.words) if script.scene is not None else None
    if spoken or is_margin(line.words):
        script.add("cue" if spoken else "paragraph", line.start, line.end, spoken)
        return at + 1
    return _action(found, at, script, column)


def _speech(found: Sequence[Line], at: int, script: Script, name: str, column: int | None) -> int:
    """Add a name and what is said; what stands in margins is left out and parts it."""
    begin, end, after = found[at].start, found[at].end, at + 1
    while after < len(found) and _still_said(found, after, at, column):
        line = found[after]
        if is_margin(line.words) and not _is_said_number(line, found[at + 1], column):
            script.add("cue", begin, end, name)
            begin = line.end
        end, after = line.end, after + 1
    script.add("cue", begin, end, name)
    return after


def _is_said_number(line: Line, first: Line, column: int | None) -> bool:
    """Return whether somebody says a number: it stands where the first words do."""
    return column is not None and line.indent == first.indent and line.words[0].isdigit()


def _still_said(found: Sequence[Line], number: int, at: int, column: int | None) -> bool:
    line = found[number]
    if not line.words or scene_heading(line.words):
        return False
    if column is None or is_margin(line.words):
        return True
    # Another name stands as far in as this one; what is done stands at the left.
    another = line.indent >= found[at].indent - 2 and character_name(line.words)
    return line.indent >= column - 2 and not another


def _action(found: Sequence[Line], at: int, script: Script, column: int | None) -> int:
    after = at + 1
    while after < len(found) and not _begins(found, after, column):
        after += 1
    script.add("paragraph", found[at].start, found[after - 1].end)
    return after


def _begins(found: Sequence[Line], number: int, column: int | None) -> bool:
    """Return whether something else than action begins at a line."""
    words = found[number].words
    return (
        not words
        or scene_heading(words) is not None
        or is_margin(words)
        or (character_name(words) is not None and _is_speech(found, number, column))
        or _chinese_speech(words) is not None
    )


def _is_speech(found: Sequence[Line], at: int, column: int | None) -> bool:
    """Return whether a line in capitals is a name: something follows it, right beneath."""
    if at + 1 >= len(found) or not found[at + 1].words or is_transition(found[at].words):
        return False
    if scene_heading(found[at + 1].words):
        return False
    if column is not None:
        return found[at].indent >= column
    alone = at == 0 or not found[at - 1].words or is_margin(found[at - 1].words)
    return alone and not character_name(found[at + 1].words)


def _chinese_speech(words: str) -> str | None:
    """Return who speaks in ``卢卡：我来了`` and ``卢卡（小声）：我来了``."""
    for colon in "：:":
        name, mark, said = words.partition(colon)
        name = name.split("（")[0].split("(")[0].strip()
        chinese = all("\u4e00" <= letter <= "\u9fff" or letter == "·" for letter in name)
        if mark and said.strip() and 1 <= len(name) <= 6 and chinese:
            return name
    return None


def _speech_column(found: Sequence[Line]) -> int | None:
    """Return from which column on somebody speaks; None where that is not told by columns."""
    left = _left(found)
    words = [line for line in found if line.words]
    far_in = sum(line.indent >= left + _INDENTED for line in words)
    return left + _INDENTED if far_in * 5 >= len(words) > 0 else None


def _left(found: Sequence[Line]) -> int:
    """Return the column at which scene headings stand, or the leftmost one used."""
    for line in found:
        if line.words and scene_heading(line.words):
            number = len(line.words) - len(line.words.lstrip("0123456789ABCDEF.) "))
            return line.indent + (number if line.words[0].isdigit() else 0)
    return min((line.indent for line in found if line.words), default=0)


def _stands_alone(found: Sequence[Line], number: int) -> bool:
    before = found[number - 1].words if number else ""
    return not before or is_margin(before) or is_transition(before)


def _lines(text: str) -> list[Line]:
    result = []
    for start, end in lines(text):
        body = text[start:end].rstrip()
        words = body.strip()
        indent = len(body.expandtabs(8)) - len(body.expandtabs(8).lstrip())
        result.append(Line(start, start + len(body), words, indent))
    return result


def _title(text: str, script: Script) -> str:
    """Return what stands before the first scene, its first line, where that is short."""
    first = script.blocks[0] if script.blocks else None
    if first is None or first.kind == "heading":
        return ""
    words = " ".join(text[first.start : first.end].split("\n")[0].split())
    return words if len(words) <= 80 else ""
