"""Plain text: paragraphs between empty lines, list items, and chapters where lines name them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from animstudio.knowledge.document import Block, BlockKind
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
        first = text[blocks[0].start : blocks[0].end].splitlines()
        alone = len(first) == 1 or blocks[0].kind == "heading"
        if len(blocks) > 1 and alone and len(first[0]) <= 80:
            title = first[0].strip()
    return Reading(text, blocks, title)


def paragraphs(text: str, start: int = 0, end: int | None = None) -> Iterator[Block]:
    """Yield the blocks of plain text between two characters; without white space around them.

    Headings are lines that name a chapter, and lines that are underlined; the first mark that
    underlines is the highest level.
    """
    path: list[tuple[int, str]] = []
    marks: dict[str, int] = {}
    begin = last = start
    kind: BlockKind | None = None
    for place, after in lines(text, start, len(text) if end is None else end):
        line = text[place:after].strip()
        if kind == "paragraph" and _underlines(line, text[begin:last]):
            level = marks.setdefault(line[0], len(marks) + 1)
            yield _heading(text, begin, after, path, level, text[begin:last].strip())
            kind = None
            continue
        item = bool(_ITEM.match(text, place, after))
        chapter = len(line) < 90 and bool(_CHAPTER.fullmatch(line))
        if kind is not None and (not line or item or chapter):
            yield _block(text, begin, last, kind, path)
            kind = None
        if chapter:
            yield _heading(text, place, after, path, 0, line)
        elif line:
            if kind is None:
                begin, kind = place, "list_item" if item else "paragraph"
            last = after
    if kind is not None:
        yield _block(text, begin, last, kind, path)


def _underlines(line: str, above: str) -> bool:
    """Return whether a line is nothing but a mark, about as long as the one line above it."""
    return (
        len(line) >= 3
        and line[0] in "=-~^*#+"
        and len(above) <= 2 * len(line) + 20
        and line == line[0] * len(line)
        and len(above.strip().splitlines()) == 1
        and len(line) >= 0.7 * len(above.strip())
    )


def _heading(
    text: str, start: int, end: int, path: list[tuple[int, str]], level: int, words: str
) -> Block:
    while path and path[-1][0] >= level:
        path.pop()
    block = _block(text, start, end, "heading", path)
    path.append((level, words))
    return block


def lines(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Yield where every line begins and ends, its line end included."""
    stop = len(text) if end is None else end
    for found in _LINE.finditer(text, start, stop):
        if found.end() > found.start():
            yield found.span()


def _block(text: str, start: int, end: int, kind: BlockKind, path: list[tuple[int, str]]) -> Block:
    start, end = trimmed(text, start, end)
    return Block(start, end, kind, tuple(words for _, words in path))


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a stretch without the white space around it."""
    body = text[start:end]
    return start + len(body) - len(body.lstrip()), start + len(body.rstrip())
