"""Where a document may be cut, and how well: its structure, written as a list of places.

A heading belongs to what follows it: there is no border between them. What must stay whole and
fits into a chunk (a row, a cue, a symbol, a table, a scene) has none inside; running text has
them between its sentences. What does not fit has borders between its rows, lines or sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from animstudio.knowledge.chunk.sentences import sentence_ends
from animstudio.knowledge.chunk.tokens import TokenIndex
from animstudio.knowledge.document import Block, Document

APART: Final = 30
"""Before and behind a scene of a film's analysis: always a chunk of its own."""
SECTION: Final = 20
"""Before a heading of the first level; deeper ones less, down to `SECTION` - 6."""
SYMBOL: Final = 12
"""Before a piece of code; before one inside another, one less."""
BLOCK: Final = 8
"""Before a paragraph, a table, a page."""
ITEM: Final = 7
"""Before a list item, a row or a cue."""
SENTENCE: Final = 4
LINE: Final = 3

_PAUSE: Final = 3.0
"""Seconds of silence between two cues that part them as well as paragraphs."""
_PROSE: Final = frozenset(("paragraph", "list_item", "page"))
_LINE_END: Final = re.compile(r"(?:\r(?!\n)|\n)\s*")
_BLANK: Final = re.compile(r"\n[^\S\n]*\n\s*")


@dataclass(frozen=True, slots=True)
class Borders:
    """Places in order, and how good each is for a cut."""

    places: list[int]
    strengths: list[int]


@dataclass(slots=True)
class _Atom:
    """Headings and the block they stand above, or a block, with the gap behind it."""

    start: int
    end: int
    strength: int
    block: Block | None


def borders(document: Document, tokens: TokenIndex, room: int) -> Borders:
    """Return every place where a chunk may end; `room` is how many tokens fit into one."""
    found = [
        border
        for atom in _atoms(document)
        for border in ((atom.start, atom.strength), *_inside(document.text, atom, tokens, room))
    ]
    return Borders([place for place, _ in found], [strength for _, strength in found])


def _atoms(document: Document) -> Iterator[_Atom]:
    start, strength, previous = 0, APART, None
    pending = False  # headings that wait for what they stand above
    for block in document.blocks:
        if not pending:
            before = document.text[start : block.start]
            if before.strip():  # text that no block claims
                yield _Atom(start, block.start, strength, None)
            start, strength = block.start, _strength(block, previous)
        if block.kind == "heading":
            if not pending:
                strength = _strength(block, previous)
            pending, previous = True, block
            continue
        yield _Atom(start, block.end, strength, block)
        start, strength, pending, previous = block.end, BLOCK, False, block
    if document.text[start:].strip():
        yield _Atom(start, len(document.text), strength, previous if pending else None)


def _strength(block: Block, previous: Block | None) -> int:
    if block.kind == "scene" or (previous is not None and previous.kind == "scene"):
        return APART
    if block.kind == "heading":
        return SECTION - min(len(block.headings), 6)
    if block.kind == "symbol":
        return SYMBOL - ("." in (block.symbol or ""))
    if previous is not None and previous.kind == "symbol":
        return SYMBOL - 1
    if block.kind in ("list_item", "row"):
        return ITEM
    if block.kind == "cue":
        return BLOCK if _paused(block, previous) else ITEM
    return BLOCK


def _paused(block: Block, previous: Block | None) -> bool:
    if previous is None or previous.stop is None or block.begin is None:
        return False
    return block.begin - previous.stop >= _PAUSE


def _inside(text: str, atom: _Atom, tokens: TokenIndex, room: int) -> list[tuple[int, int]]:
    kind = atom.block.kind if atom.block else "paragraph"
    fits = tokens.count(atom.start, atom.end) <= room
    if kind == "heading" or (fits and kind not in _PROSE):
        return []
    start = atom.block.start if atom.block else atom.start
    inner: dict[int, int] = {}
    if not fits:
        lines = ITEM if kind in ("table", "code", "symbol") else LINE
        inner |= dict.fromkeys(_ends(_LINE_END, text, start, atom.end), lines)
    if kind not in ("table", "code", "symbol"):
        inner |= dict.fromkeys(sentence_ends(text, start, atom.end), SENTENCE)
    if kind != "table":
        inner |= dict.fromkeys(_ends(_BLANK, text, start, atom.end), BLOCK)
    return sorted(inner.items())


def _ends(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[int]:
    return (place for found in pattern.finditer(text, start, end) if (place := found.end()) < end)
