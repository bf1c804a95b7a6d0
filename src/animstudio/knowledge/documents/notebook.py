"""Jupyter notebooks: their Markdown and code cells; outputs are left out."""

from __future__ import annotations

import re
from typing import Any, Final

from animstudio.knowledge.documents.source import Reading, Source
from animstudio.knowledge.documents.writing import Writing

_HEADING: Final = re.compile(r"(#{1,6})\s+(.+)")


def is_notebook(value: Any) -> bool:
    """Return whether a JSON value is a notebook."""
    return isinstance(value, dict) and isinstance(value.get("cells"), list) and "nbformat" in value


def read_notebook(source: Source, value: dict[str, Any]) -> Reading:
    """Return the cells written anew."""
    writing = Writing(source)
    told = value.get("metadata", {})
    info = told.get("language_info") if isinstance(told, dict) else None
    language = str(info.get("name")) if isinstance(info, dict) else None
    title = ""
    for cell in value["cells"]:
        if not isinstance(cell, dict):
            continue
        lines = cell.get("source", "")
        words = "".join(map(str, lines)) if isinstance(lines, list) else str(lines)
        if cell.get("cell_type") == "code":
            writing.add("code", words, language=language)
        else:
            title = title or _markdown(writing, words)
    return writing.reading(title=title)


def _markdown(writing: Writing, words: str) -> str:
    """Write a Markdown cell; return its first heading."""
    title, paragraph = "", list[str]()
    for line in [*words.splitlines(), ""]:
        heading = _HEADING.match(line)
        if heading or not line.strip():
            writing.add("paragraph", "\n".join(paragraph))
            paragraph = []
        else:
            paragraph.append(line)
        if heading:
            writing.heading(heading.group(2), len(heading.group(1)))
            title = title or heading.group(2)
    return title
