"""PDF: the text of every page by PDFium, its lines set as they stand on the page.

Paragraphs are told by the space between lines, and a screenplay's speeches by how far in they
stand. Tables come out row by row. (`pdfplumber` finds their cells, and takes 40 times as long and
a cryptography package with it; so it is not used.)
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from animstudio.knowledge.document import Block
from animstudio.knowledge.documents.plain import paragraphs
from animstudio.knowledge.documents.screenplay import is_screenplay, scan
from animstudio.knowledge.documents.script_lines import is_margin
from animstudio.knowledge.documents.source import MIB, Reading, Source
from animstudio.knowledge.documents.writing import clean, one_line

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfTextPage  # type: ignore[import-untyped]

_GAP: Final = 1.4
"""A paragraph ends where the next line is this many usual line heights away."""
_COLUMN: Final = 6.0
"""Points that a letter is wide where no line says how wide."""
_PARTED: Final = ("\ufffe", "\x02")
_DRIFT: Final = 64
"""Letters that PDFium's text may leave out between two lines."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a page: its words, its left edge and height above the page's foot, in points."""

    words: str
    left: float
    bottom: float
    column: float


def read_pdf(source: Source) -> Reading:
    """Return the pages' text. Raises UnreadableDocument for what is locked, broken or a scan."""
    document = _opened(source)
    try:
        pages = list(_pages(source, document))
        title = one_line(_told(document))
    finally:
        document.close()
    if not any(line.words for page in pages for line in page):
        count = f"{len(pages)} page{'' if len(pages) == 1 else 's'}"
        raise source.refused(
            f"no text in its {count}: scanned pictures?",
            hint="run it through character recognition (OCR) first",
        )
    text, starts = _joined([_laid_out(page, indents=False) for page in pages])
    if is_screenplay(_joined([_laid_out(page, indents=True) for page in pages])[0]):
        script, starts = _joined([_laid_out(_no_margins(page), indents=True) for page in pages])
        blocks = _paged(scan(script).blocks, starts)
        return Reading(script, blocks, title, kind="screenplay", exact=False)
    ends = [*starts[1:], len(text)]
    found = [
        replace(block, page=number)
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=1)
        for block in paragraphs(text, start, end)
    ]
    return Reading(text, tuple(found), title, exact=False)


def _opened(source: Source) -> PdfDocument:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(source.data)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise source.refused("it is encrypted: a password is needed to read it") from None
        raise source.refused("broken: PDFium finds no PDF in it") from None
    if not count:
        document.close()
        raise source.refused("there are no pages in it")
    if count > source.limits.most_pages:
        document.close()
        raise source.refused(
            f"{count} pages, more than the {source.limits.most_pages} that a PDF may have",
            hint="raise --most-pages, or split the document",
        )
    return document


def _told(document: PdfDocument) -> str:
    return str(document.get_metadata_dict().get("Title", ""))


def _pages(source: Source, document: PdfDocument) -> Iterator[list[_Line]]:
    import pypdfium2

    total = 0
    for number in range(len(document)):
        try:
            page = document[number]
            words = page.get_textpage()
        except pypdfium2.PdfiumError:
            yield []  # one broken page is no reason to lose the others
            continue
        lines = list(_lines(words))
        words.close()
        page.close()
        total += sum(len(line.words) for line in lines)
        if total > source.limits.largest_text * MIB:
            raise source.too_much_text()
        yield lines


def _lines(page: PdfTextPage) -> Iterator[_Line]:
    """Yield the lines of a page in PDFium's reading order, with their places.

    A word that is parted at a line's end (PDFium marks it) is put together on its first line.
    """
    at, count = 0, page.count_chars()
    waiting: _Line | None = None
    for words in page.get_text_range().split("\r\n"):
        body = words.strip()
        if body:
            at = _find(page, at, count, body[0])
            line = _placed(page, at, clean(body), len(body))
            if waiting:
                line = replace(waiting, words=waiting.words + line.words)
            waiting = line if body[-1] in _PARTED else None
            if not waiting:
                yield line
        at += len(words.encode("utf-16-le", errors="replace")) // 2 + 2
    if waiting:
        yield waiting


def _find(page: PdfTextPage, at: int, count: int, letter: str) -> int:
    """Return the number of the letter that a line begins with, from where it should stand."""
    from pypdfium2 import raw

    for number in range(at, min(count, at + _DRIFT)):
        if raw.FPDFText_GetUnicode(page, number) == ord(letter):
            return number
    return at


def _placed(page: PdfTextPage, at: int, words: str, length: int) -> _Line:
    left, _, bottom = _box(page, at)
    _, right, last = _box(page, at + length - 1)
    same = abs(last - bottom) < 6 and right > left and length > 3
    return _Line(words, left, bottom, (right - left) / length if same else _COLUMN)


def _box(page: PdfTextPage, at: int) -> tuple[float, float, float]:
    """Return a letter's left and right edge and the line it stands on, in points."""
    from pypdfium2 import raw

    edges: list[Any] = [ctypes.c_double() for _ in range(4)]
    raw.FPDFText_GetCharBox(page, at, *edges)
    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(page, at, x, y)
    return edges[0].value, edges[1].value, y.value


def _no_margins(page: list[_Line]) -> list[_Line]:
    """Leave out numbers of scenes and pages that stand alone, and CONTINUED."""
    return [line for line in page if not is_margin(line.words)]


def _laid_out(page: list[_Line], *, indents: bool) -> str:
    """Return a page's text, an empty line where there is more space than usual."""
    steps = [round(a.bottom - b.bottom, 1) for a, b in pairwise(page)]
    usual = _usual([step for step in steps if step > 1])
    edge = min((line.left for line in page), default=0.0)
    column = _usual([round(line.column, 1) for line in page]) or _COLUMN
    parts = []
    for number, line in enumerate(page):
        step = steps[number - 1] if number else 0.0
        if number:
            parts.append("\n\n" if usual and not -1 <= step <= _GAP * usual else "\n")
        indent = round((line.left - edge) / column) if indents else 0
        parts.append(" " * min(indent, 80) + line.words)
    return "".join(parts)


def _usual(values: list[float]) -> float:
    return Counter(values).most_common(1)[0][0] if values else 0.0


def _joined(pages: list[str]) -> tuple[str, list[int]]:
    """Return the pages as one text, and where each begins."""
    starts, length = [], 0
    for page in pages:
        starts.append(length)
        length += len(page) + 2
    return "\n\n".join(pages), starts


def _paged(blocks: list[Block], starts: list[int]) -> tuple[Block, ...]:
    from bisect import bisect_right

    return tuple(replace(block, page=bisect_right(starts, block.start)) for block in blocks)
