"""What a file is: by its content first, by its name's ending where content could be several."""

from __future__ import annotations

import json
import re
from pathlib import PurePath
from typing import Final

from animstudio.knowledge.documents.binary import binary_format, binary_name
from animstudio.knowledge.documents.formats import BY_SUFFIX
from animstudio.knowledge.documents.languages import code_language
from animstudio.knowledge.documents.screenplay import is_screenplay
from animstudio.knowledge.documents.source import Source

_HEAD: Final = 1 << 16
_PROLOGUE: Final = r"(?:\s|<\?[^>]*\?>|<!--(?:(?!-->).)*-->)*+"
_SURE: Final = (
    ("vtt", re.compile(r"WEBVTT(?:[ \t\r\n]|\Z)")),
    ("ass", re.compile(r"\s*\[Script Info\]", re.IGNORECASE)),
    ("srt", re.compile(r"\s*\d+[ \t]*\r?\n\s*\d{1,3}:\d\d:\d\d[,.]\d{1,3}[ \t]*-->")),
    ("fdx", re.compile(_PROLOGUE + r"<FinalDraft\b", re.DOTALL)),
)
_HTML: Final = re.compile(
    _PROLOGUE + r"<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_UNSURE: Final = frozenset(("text", "markdown", "pdf", "docx", "html", None))
"""Formats a name may speak for and any text may be."""


def detect(source: Source) -> str:
    """Return the name of a file's format. Raises UnreadableDocument for what is no document."""
    found = binary_format(source.data)
    if found:
        return found
    name = binary_name(source.data)
    if name:
        raise source.refused(f"not a document: {name}")
    return text_format(source)


def text_format(source: Source) -> str:
    """Return the name of a text file's format."""
    head, path = source.text[:_HEAD], PurePath(source.name)
    for name, sign in _SURE:
        if sign.match(head):
            return name
    if code_language(path, head):
        return "code"
    named = BY_SUFFIX.get(path.suffix.lower())
    if named == "json":
        return _json(source.text) or "json"  # what is broken is said by the reader
    if named not in _UNSURE:
        return str(named)
    if _HTML.match(head):
        return "html"
    return _json(source.text) or _shaped(source.text, head, named)


def _json(text: str) -> str | None:
    """Return "json" or "jsonl" for text that is such, whatever it is called."""
    body = text.strip()
    if body[:1] not in ("{", "[") or body[-1:] not in ("}", "]"):
        return None
    lines = (line for line in body.splitlines() if line.strip())
    first, second = next(lines, ""), next(lines, "")
    if _parses(first) and _parses(second):
        return "jsonl"
    return "json" if _parses(body) else None


def _parses(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _shaped(text: str, head: str, named: str | None) -> str:
    if named != "html" and is_screenplay(text):
        return "screenplay"
    if named is None and _is_table(head):
        return "csv"
    return named if named in ("markdown", "html") else "text"


def _is_table(head: str) -> bool:
    """Return whether three lines have the same number of tabs, or of commas (two or more)."""
    lines = [line for line in head.splitlines()[:20] if line.strip()]
    if len(head) == _HEAD:
        lines = lines[:-1]
    return len(lines) >= 3 and any(
        len(counts := {line.count(mark) for line in lines}) == 1 and min(counts) >= least
        for mark, least in (("\t", 1), (",", 2), (";", 2), ("|", 2))
    )
