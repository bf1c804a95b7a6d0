"""Writing a document's text anew, block by block, for formats that are not text themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from animstudio.knowledge.document import Block, BlockKind, DocumentKind
from animstudio.knowledge.documents.source import Reading, Source

# What SQLite's text and UTF-8 cannot hold, and what nobody can see.
_UNWANTED: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SPACES: Final = re.compile(r"[^\S\n]+")
_TIGHT: Final = frozenset(("list_item", "row", "cue"))


def clean(text: str) -> str:
    """Return text without control characters, its line ends as "\\n"."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """Return text on one line, with single spaces."""
    return " ".join(clean(text).split())


def row_text(cells: Sequence[str], names: Sequence[str] = ()) -> str:
    """Return a table's row as readable text: ``Name: Luca | Age: 12``, empty cells left out."""
    parts = []
    for number, cell in enumerate(map(one_line, cells)):
        name = one_line(names[number]) if number < len(names) else ""
        if cell:
            parts.append(f"{name}: {cell}" if name else cell)
    return " | ".join(parts)


class Writing:
    """A text that grows by blocks, with an empty line between them; none between list items."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._length = 0
        self._path: list[tuple[int, str]] = []
        self._most = int(source.limits.largest_text * (1 << 20))

    @property
    def headings(self) -> tuple[str, ...]:
        """The path of headings at the end of the text."""
        return tuple(text for _, text in self._path)

    def heading(self, text: str, level: int, **facts: Any) -> None:
        """Write a heading; what follows stands under it."""
        text = one_line(text)
        if not text:
            return
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        self.add("heading", text, **facts)
        self._path.append((level, text))

    def add(self, kind: BlockKind, text: str, **facts: Any) -> None:
        """Write a block; empty ones are left out. Raises UnreadableDocument for too much text."""
        text = _SPACES.sub(" ", clean(text)).strip() if kind != "code" else clean(text).strip("\n")
        if not text.strip():
            return
        if self._blocks:
            tight = kind in _TIGHT and self._blocks[-1].kind == kind
            self._write("\n" if tight else "\n\n")
        facts.setdefault("headings", self.headings)
        start = self._length
        self._write(text)
        self._blocks.append(Block(start, self._length, kind, **facts))

    def _write(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
        if self._length > self._most:
            raise self._source.too_much_text()

    def reading(
        self,
        *,
        title: str = "",
        language: str | None = None,
        kind: DocumentKind | None = None,
    ) -> Reading:
        """Return what was written."""
        return Reading(
            "".join(self._parts), tuple(self._blocks), one_line(title), language, kind,
            exact=False,
        )  # fmt: skip
