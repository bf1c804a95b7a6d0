"""Results on stdout: tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

_LONG = 500
"""Rows from which on nobody reads a table as a picture, and drawing it would take seconds."""


def show_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table to stdout; for a pipe, and a long one, without the library that draws."""
    if not sys.stdout.isatty() or len(rows) > _LONG:
        _write_plain(head, rows)
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in head:
        table.add_column(name, no_wrap=True)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)


def _write_plain(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(_cells, column)) for column in zip(head, *rows, strict=True)]
    lines = ["   ".join(_padded(*cell) for cell in zip(row, widths, strict=True)).rstrip()
             for row in (head, *rows)]  # fmt: skip
    lines.insert(1, "─" * (sum(widths) + 3 * (len(widths) - 1)))
    sys.stdout.write("\n".join(lines) + "\n")


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _cells(text))


def _cells(text: str) -> int:
    """Return how wide a text stands on a terminal, where some characters are two cells wide."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )


def show_line(text: str) -> None:
    """Write a line to stdout."""
    sys.stdout.write(f"{text}\n")


def write_json(content: Sequence[object] | Mapping[str, Any]) -> None:
    """Write a result as JSON to stdout."""
    json.dump(content, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
