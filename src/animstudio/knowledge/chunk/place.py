"""Where a stretch of text stands: lines, headings, pages, scenes, times, who speaks."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

from animstudio.knowledge.chunk.chunk import SPECIAL_TOKENS, Chunk
from animstudio.knowledge.chunk.tokens import TokenIndex
from animstudio.knowledge.document import Block, Document

_LINE_END: Final = re.compile(r"\r\n?|\n")


class Places:
    """What a document's blocks and lines say of any stretch of it."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._blocks = document.blocks
        self._starts = [block.start for block in document.blocks]
        self._lines = [0, *(found.end() for found in _LINE_END.finditer(document.text))]

    def chunk(self, start: int, end: int, tokens: TokenIndex) -> Chunk:
        """Return the stretch as a chunk."""
        covered = self._covered(start, end)
        first, last = self._line(covered[:1], start), self._line(covered[-1:], end - 1)
        symbols = _each(block.symbol for block in covered)
        characters = _each(block.character for block in covered)
        pages = [block.page for block in covered if block.page is not None]
        scenes = [block.scene for block in covered if block.scene is not None]
        return Chunk(
            start=start,
            end=end,
            text=self._document.text[start:end],
            first_line=first,
            last_line=max(first, last),
            tokens=tokens.count(start, end) + SPECIAL_TOKENS,
            headings=self._headings(covered),
            page=pages[0] if pages else None,
            last_page=pages[-1] if pages else None,
            symbol=_shared(symbols),
            symbols=symbols,
            scene=scenes[0] if scenes else None,
            last_scene=scenes[-1] if scenes else None,
            begin=min((b.begin for b in covered if b.begin is not None), default=None),
            stop=max((b.stop for b in covered if b.stop is not None), default=None),
            character=characters[0] if len(characters) == 1 else None,
            characters=characters,
        )

    def _covered(self, start: int, end: int) -> Sequence[Block]:
        first = max(0, bisect_right(self._starts, start) - 1)
        last = bisect_right(self._starts, end - 1)
        found = self._blocks[first:last]
        return found[1:] if found and found[0].end <= start else found

    def _line(self, block: Sequence[Block], place: int) -> int:
        """Return the line of a place; of the block it lies in where that knows the file's line."""
        here = bisect_right(self._lines, place)
        if not block or block[0].line is None:
            return here
        return block[0].line + here - bisect_right(self._lines, max(block[0].start, 0))

    def _headings(self, covered: Sequence[Block]) -> tuple[str, ...]:
        if not covered:
            return ()
        for block in covered:
            if block.kind != "heading":
                return block.headings
        last = covered[-1]
        return (*last.headings, self._document.text[last.start : last.end].strip("# \t\r\n"))


def _each(words: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))


def _shared(symbols: Sequence[str]) -> str | None:
    if not symbols:
        return None
    shared = symbols[0].split(".")
    for symbol in symbols[1:]:
        parts = symbol.split(".")
        same = 0
        while same < min(len(shared), len(parts)) and shared[same] == parts[same]:
            same += 1
        shared = shared[:same]
    return ".".join(shared) or symbols[0]
