"""Hugging Face ImageFolder's metadata: a row a picture, in ``metadata.jsonl`` or ``.csv``."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Final

from animstudio.dataset.inspect.finding import Finding, counted

METADATA: Final = ("metadata.jsonl", "metadata.csv")
Row = dict[str, object]


def read_rows(file: Path) -> Iterator[tuple[int, Row | None]]:
    """Yield each row with its line, None for one that is no row; empty lines are passed over.

    Bytes that are no UTF-8 are read as U+FFFD; of a file that cannot be read, line 0 is no row.
    """
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        yield 0, None
        return
    yield from _csv_rows(text) if file.suffix == ".csv" else _json_rows(text)


def _json_rows(text: str) -> Iterator[tuple[int, Row | None]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            yield number, row if isinstance(row, dict) else None


def _csv_rows(text: str) -> Iterator[tuple[int, Row | None]]:
    rows = csv.DictReader(StringIO(text, newline=""))
    try:
        for row in rows:
            whole = None not in row and None not in row.values()
            yield rows.line_num, {**row} if whole else None
    except csv.Error:
        yield rows.line_num, None


def metadata_findings(root: Path, files: Sequence[Path]) -> Iterable[Finding]:
    """Yield rows that a loader stops at, and rows of pictures that are not there."""
    gone, broken = [], []
    for file in files:
        name = file.relative_to(root).as_posix()
        try:
            file.read_bytes().decode()
        except (OSError, UnicodeDecodeError):
            broken.append(name)
            continue
        for number, row in read_rows(file):
            where = row.get("file_name") if row else None
            if not isinstance(where, str):
                broken.append(f"{name}:{number}")
            elif not _is_there(file.parent, where):
                gone.append(f"{name}:{number} {where}")
    if broken:
        yield Finding("metadata_broken", "format", "critical",
                      f"{counted(len(broken), 'line')} of metadata without a file_name",
                      "Every line is a row (of JSON, or of the table) with a file_name.",
                      tuple(broken))  # fmt: skip
    if gone:
        yield Finding("metadata_gone", "format", "critical",
                      f"{counted(len(gone), 'row')} of metadata for pictures that are not there",
                      "file_name is relative to the file's own folder.", tuple(gone))  # fmt: skip


def _is_there(folder: Path, name: str) -> bool:
    try:
        return (folder / name).is_file()
    except (OSError, ValueError):  # too long for a name, or a zero byte in it
        return False
