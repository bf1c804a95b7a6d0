"""JSON and JSON lines: records as readable text, ``director.name: Enrico Casarosa``.

A list of objects becomes a record each, under its path (``films[2]``); what is nested in one is
written with its path inside the record; a list of plain values stands on one line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, Final

from animstudio.knowledge.documents.analysis import read_analysis
from animstudio.knowledge.documents.notebook import is_notebook, read_notebook
from animstudio.knowledge.documents.source import Reading, Source
from animstudio.knowledge.documents.writing import Writing, one_line

_TITLES: Final = ("title", "name", "film", "heading", "id")
_DEEPEST: Final = 60


def read_json(source: Source) -> Reading:
    """Return the records written anew; a film's analysis as its scenes."""
    value = _parsed(source, source.text, "")
    found = read_analysis(source, value)
    if found is not None:
        return found
    if is_notebook(value):
        return read_notebook(source, value)
    writing = Writing(source)
    _write(writing, value, PurePath(source.name).stem)
    return writing.reading(title=_title(value))


def read_jsonl(source: Source) -> Reading:
    """Return every line's record written anew, with the line's number."""
    writing = Writing(source)
    for number, line in enumerate(_lines(source.text), start=1):
        if line.strip():
            value = _parsed(source, line, f"line {number}: ")
            writing.add("row", _record(value), headings=(f"line {number}",), line=number)
    return writing.reading()


def _lines(text: str) -> Iterator[str]:
    """Yield lines as JSON lines are: other line ends may stand in a value."""
    return iter(text.replace("\r\n", "\n").split("\n"))


def _parsed(source: Source, text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = where or f"line {error.lineno}, column {error.colno}: "
        raise source.refused(f"broken JSON: {place}{error.msg}") from None
    except ValueError as error:  # numbers of thousands of digits
        raise source.refused(f"broken JSON: {where}{error}") from None


def _write(writing: Writing, value: Any, path: str) -> None:
    """Write an object's plain values first, then its lists of objects, a record each."""
    if _is_records(value):
        for number, record in enumerate(value):
            label = f"{path}[{number}]"
            writing.add("row", _record(record), headings=(one_line(label),))
    elif isinstance(value, dict):
        lists = {key: inner for key, inner in value.items() if _is_records(inner)}
        plain = {key: inner for key, inner in value.items() if key not in lists}
        writing.add("paragraph", _record(plain))
        for key, inner in lists.items():
            _write(writing, inner, str(key))
    else:
        writing.add("paragraph", _record(value))


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(entry, dict | list) for entry in value)


def _record(value: Any) -> str:
    return "\n".join(_flat(value, "", 0))


def _flat(value: Any, path: str, depth: int) -> Iterator[str]:
    """Yield a line for every plain value, with the path to it."""
    if depth > _DEEPEST:
        raise RecursionError
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list) and any(isinstance(entry, dict | list) for entry in value):
        for number, entry in enumerate(value):
            yield from _flat(entry, f"{path}[{number}]", depth + 1)
    else:
        words = ", ".join(map(_plain, value)) if isinstance(value, list) else _plain(value)
        if words:
            yield f"{path}: {words}" if path else words


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return one_line(value if isinstance(value, str) else str(value))


def _title(value: Any) -> str:
    if isinstance(value, dict):
        for key in _TITLES:
            if isinstance(value.get(key), str):
                return str(value[key])
    return ""
