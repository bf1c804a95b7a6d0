"""Plain text: paragraphs between empty lines, list items, and chapters where lines name them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from animstudio.knowledge.document import Block
from animstudio.knowledge.documents.source import Reading, Source

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")
_CHAPTER: Final = re.compile(
    r"\s*(?:(?:chapter|part|book|act|section|appendix)\s+(?:\d+|[ivxlc]+\b|one|two|three|four|five"
    r"|six|seven|eight|nine|ten)\b.{0,60}|第[一二三四五六七八九十百零〇\d]+[章节節幕集卷回部].{0,40}"
    r"|prologue|epilogue|foreword|preface|序|前言|序章|尾声|尾聲|后记|後記)\s*",
    re.IGNORECASE,
)
_ITEM: Final = re.compile(r"[ \t]*(?:[-*+•‣◦–]|\(?\d{1,3}[.)、]|\(?[a-z][.)])[ \t　]+\S")


def read_text(source: Source) -> Reading:
    """Return the file's own text; the first line is its title where it stands alone."""
    text = source.text
    blocks = tuple(paragraphs(text))
    title = ""
    if blocks:
        first = text[blocks[0].start : blocks[0].end]
        if len(blocks) > 1 and "\n" not in first and len(first) <= 80:
            title = first.strip().rstrip("#=- ")
    return Reading(text, blocks, title)


def paragraphs(text: str, start: int = 0, end: int | None = None) -> Iterator[Block]:
    """Yield the blocks of plain text between two characters; without white space around them."""
    stop = len(text) if end is None else end
    chapter: tuple[str, ...] = ()
    begin = last = start
    kind: str | None = None
    for place, after in lines(text, start, stop):
        line = text[place:after]
        item, chapter_line = bool(_ITEM.match(line)), bool(_CHAPTER.fullmatch(line))
        if kind is not None and (not line.strip() or item or chapter_line):
            yield _block(text, begin, last, kind, chapter)
            kind = None
        if not line.strip():
            continue
        if chapter_line:
            yield _block(text, place, after, "heading", ())
            chapter = (line.strip(),)
            continue
        if kind is None:
            begin, kind = place, "list_item" if item else "paragraph"
        last = after
    if kind is not None:
        yield _block(text, begin, last, kind, chapter)


def lines(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Yield where every line begins and ends, its line end included."""
    stop = len(text) if end is None else end
    for found in _LINE.finditer(text, start, stop):
        if found.end() > found.start():
            yield found.span()


def _block(text: str, start: int, end: int, kind: str, headings: tuple[str, ...]) -> Block:
    start, end = trimmed(text, start, end)
    return Block(start, end, kind, headings)  # type: ignore[arg-type]


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a stretch without the white space around it."""
    body = text[start:end]
    return start + len(body) - len(body.lstrip()), start + len(body.rstrip())
