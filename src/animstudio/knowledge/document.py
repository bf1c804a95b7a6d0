"""What was read from one file: its text, and what every stretch of it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BlockKind = Literal[
    "heading", "paragraph", "list_item", "table", "code", "symbol", "scene", "cue", "row", "page"
]
"""What a stretch of text can be."""

DocumentKind = Literal[
    "markdown", "text", "pdf", "docx", "html", "json", "jsonl", "csv", "code", "subtitles",
    "screenplay", "analysis",
]  # fmt: skip
"""What a file can be read as."""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a document's text with one meaning; blocks come in order and never overlap.

    start, end:  characters of the document's text, the end exclusive.
    headings:    the path of headings above it; for a heading itself, those above it.
    page:        the page it stands on, from 1.
    symbol:      the path of a piece of code, ``Class.method``.
    scene:       the number of a scene, of a film's analysis, its subtitles or a screenplay.
    begin, stop: seconds of film.
    character:   who speaks.
    language:    of the words ("en", "zh"), or of the code ("python").
    line:        the line of the file it begins on, from 1, where the text is written anew and
                 the file has lines (CSV, JSONL, subtitles).
    """

    start: int
    end: int
    kind: BlockKind
    headings: tuple[str, ...] = ()
    page: int | None = None
    symbol: str | None = None
    scene: int | None = None
    begin: float | None = None
    stop: float | None = None
    character: str | None = None
    language: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A file as text.

    path:     relative to the folder that was read, with "/".
    kind:     what it was read as.
    text:     what is chunked and cited.
    language: of the words ("en", "zh"), or of the code ("python"); None where nobody can tell.
    sha256:   of the file's bytes, hexadecimal.
    bytes:    the file's size.
    exact:    the text is the file's own, so that line numbers and offsets are the file's; what
              was read from a PDF, DOCX, HTML, JSON or analysis is written anew and not exact.
    lines:    line numbers of its chunks are the file's: it is exact, or its blocks know theirs.
    read_with: other files that were read for it, relative to the folder (a film's camera and
              composition, for its scenes; these, for its subtitles); `sha256` covers them.
    encoding: what the file's bytes were, for exact texts ("utf-8", "big5"); "" otherwise.
    """

    path: str
    kind: DocumentKind
    text: str
    blocks: tuple[Block, ...]
    title: str = ""
    language: str | None = None
    sha256: str = ""
    bytes: int = 0
    exact: bool = True
    lines: bool = True
    read_with: tuple[str, ...] = ()
    encoding: str = ""
