"""CSV and TSV: every row with its column names, ``Name: Luca | Age: 13``.

Source: RFC 4180; the delimiter is the one that parts the first rows most evenly.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Final

from animstudio.knowledge.documents.source import MIB, Reading, Source
from animstudio.knowledge.documents.writing import Writing, one_line, row_text

_DELIMITERS: Final = ",;\t|"
_NUMBER: Final = re.compile(r"[-+]?[\d.,\s]*\d[\d.,]*%?|\d{4}-\d\d-\d\d.*|")


def read_csv(source: Source) -> Reading:
    """Return the rows written anew, each with the line of the file it begins on."""
    writing = Writing(source)
    names: Sequence[str] = ()
    for number, (line, cells) in enumerate(_rows(source)):
        if number == 0 and _is_header(cells):
            names = [one_line(cell) for cell in cells]
            writing.add("row", " | ".join(filter(None, names)), line=line)
        else:
            writing.add("row", row_text(cells, names), headings=(f"line {line}",), line=line)
    return writing.reading()


def _rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty, and the line each begins on."""
    text = source.text
    csv.field_size_limit(int(source.limits.largest_text * MIB))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise source.refused(f"broken CSV: line {line}: {error}") from None


def _delimiter(text: str) -> str:
    """Return the mark that parts the first rows into the same number of cells, the most of them."""
    head = text[: 1 << 16]

    def evenness(mark: str) -> tuple[float, int]:
        counts = [len(row) for row in csv.reader(io.StringIO(head, newline=""), delimiter=mark)][
            :20
        ]
        counts = [count for count in counts if count]
        usual = max(set(counts), key=counts.count, default=1)
        return (counts.count(usual) / len(counts), usual) if usual > 1 else (0.0, 0)

    return max(_DELIMITERS, key=evenness)


def _is_header(cells: Sequence[str]) -> bool:
    """Return whether a first row names columns: all different, no numbers."""
    words = [one_line(cell) for cell in cells if cell.strip()]
    return len(words) == len(set(words)) and not any(_NUMBER.fullmatch(word) for word in words)
