"""Markdown: the block structure of CommonMark and GitHub's tables, over the file's own text.

Only what parts a text is read: headings (``#`` and underlined), fenced code, tables, list items,
quotes and paragraphs; what stands inside a line stays as it is. Source: CommonMark 0.31, the
tables of GitHub Flavored Markdown 0.29.
"""

from __future__ import annotations

import re
from typing import Final

from animstudio.knowledge.document import Block, BlockKind
from animstudio.knowledge.documents.plain import lines, trimmed
from animstudio.knowledge.documents.source import Reading, Source

_FENCE: Final = re.compile(r" {0,3}(?:>\s?)*(`{3,}(?!.*`)|~{3,})[ \t]*([^\s{`]*)")
_HEADING: Final = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE: Final = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_RULE: Final = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_ITEM: Final = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+\S|[ \t]*$)")
_DELIMITER: Final = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_FRONT: Final = re.compile(r"---[ \t]*\r?\n(.*?\r?\n)?---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_TITLE: Final = re.compile(r"^title:[ \t]*(.+?)[ \t]*$", re.MULTILINE)
_MARKS: Final = re.compile(r"[*_`]{1,3}|!?\[([^\]]*)\]\([^)]*\)")


def read_markdown(source: Source) -> Reading:
    """Return the file's own text with its blocks; its title is the front matter's or a heading."""
    text = source.text
    front = _FRONT.match(text)
    reader = _Markdown(text)
    if front and (front.group(1) or "").strip():
        reader.close("paragraph", *trimmed(text, front.start(), front.end()))
        named = _TITLE.search(front.group(1))
        reader.title = named.group(1).strip("\"'") if named else ""
    reader.read(front.end() if front else 0)
    return Reading(text, tuple(reader.blocks), reader.title)


class _Markdown:
    """Goes through the lines once; `_open` is the block that the next line may belong to."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.blocks: list[Block] = []
        self.title = ""
        self._path: list[tuple[int, str]] = []
        self._open: tuple[BlockKind, int, int] | None = None
        self._fence = ""

    def read(self, start: int) -> None:
        """Read from a character to the end."""
        blank = False
        for place, after in lines(self.text, start):
            line = self.text[place:after].rstrip("\r\n")
            if self._fence or not line.strip():
                self._inside_fence_or_blank(line, place, after)
            else:
                self._line(line, place, after, blank)
            blank = not line.strip()
        self._finish()

    def close(self, kind: BlockKind, start: int, end: int, language: str | None = None) -> None:
        """Add a finished block."""
        path = tuple(words for _, words in self._path)
        self.blocks.append(Block(start, end, kind, path, language=language))

    def _inside_fence_or_blank(self, line: str, place: int, after: int) -> None:
        if not self._fence:
            # A list item goes on behind an empty line where the next one is indented.
            if self._open and self._open[0] != "list_item":
                self._finish()
            return
        self._extend(after)
        stripped = line.strip().lstrip("> ")
        if stripped.startswith(self._fence) and not stripped.strip(self._fence[0]):
            self._fence = ""
            self._finish()

    def _line(self, line: str, place: int, after: int, blank: bool) -> None:
        fence, heading = _FENCE.match(line), _HEADING.match(line)
        if fence:
            self._finish()
            self._fence, self._open = fence.group(1), ("code", place, after)
        elif heading:
            self._finish()
            self._heading(place, after, len(heading.group(1)), heading.group(2) or "")
        elif self._is_underline(line, blank):
            self._underlined(line, after)
        elif _RULE.match(line):
            self._finish()
            self.close("paragraph", *trimmed(self.text, place, after))
        elif self._is_table(line):
            self._table(after)
        elif _ITEM.match(line):
            self._finish()
            self._open = ("list_item", place, after)
        else:
            self._text(line, place, after, blank)

    def _text(self, line: str, place: int, after: int, blank: bool) -> None:
        if self._open and self._open[0] == "table" and "|" not in line:
            self._finish()
        if self._open and blank and not line[:1].isspace():
            self._finish()
        if self._open:
            self._extend(after)
        else:
            self._open = ("paragraph", place, after)

    def _is_underline(self, line: str, blank: bool) -> bool:
        return bool(
            self._open and self._open[0] == "paragraph" and not blank and _UNDERLINE.match(line)
        )

    def _underlined(self, line: str, after: int) -> None:
        assert self._open
        _, start, end = self._open
        self._open = None
        words = self.text[start:end]
        self._heading(start, after, 1 if "=" in line else 2, words)

    def _is_table(self, line: str) -> bool:
        return bool(
            self._open
            and self._open[0] in ("paragraph", "list_item")
            and "|" in self._last_line()
            and "-" in line
            and _DELIMITER.match(line)
        )

    def _table(self, after: int) -> None:
        """Turn the last line of the open paragraph into the head of a table."""
        assert self._open
        kind, start, end = self._open
        head = end - len(self._last_line())
        if head > start:
            self._open = (kind, start, head)
            self._finish()
        self._open = ("table", head, after)

    def _last_line(self) -> str:
        assert self._open
        body = self.text[self._open[1] : self._open[2]]
        return body[body.rstrip("\r\n").rfind("\n") + 1 :]

    def _extend(self, after: int) -> None:
        if self._open:
            self._open = (self._open[0], self._open[1], after)

    def _heading(self, start: int, after: int, level: int, words: str) -> None:
        start, end = trimmed(self.text, start, after)
        if end <= start:
            return
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        words = " ".join(_MARKS.sub(r"\1", words).split())
        self.close("heading", start, end)
        if words:
            self._path.append((level, words))
            self.title = self.title or words

    def _finish(self) -> None:
        if self._open:
            kind, start, end = self._open
            language = None
            if kind == "code":
                fence = _FENCE.match(self.text, start)
                language = (fence.group(2).lower() or None) if fence else None
            start, end = trimmed(self.text, start, end)
            if end > start:
                self.close(kind, start, end, language)
        self._open = None
