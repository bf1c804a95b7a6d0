"""The table of formats: what each is called, who reads it, and how its files' names end.

Adding a format is writing its file, and adding a line here; one whose files can be told by
their content gets a line in `detect` too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final, cast

from animstudio.knowledge.document import DocumentKind
from animstudio.knowledge.documents.source import Reading, Source

Reader = Callable[[Source], Reading]


@dataclass(frozen=True, slots=True)
class Format:
    """A way of writing documents.

    reader:   import path, ``module:function`` in this folder, so that a table loads nothing heavy.
    suffixes: what its files' names end with, in lower case.
    """

    name: str
    kind: DocumentKind
    reader: str
    suffixes: tuple[str, ...] = ()

    def load(self) -> Reader:
        """Return the function that reads it."""
        module, _, function = self.reader.partition(":")
        found = getattr(import_module(f"animstudio.knowledge.documents.{module}"), function)
        return cast(Reader, found)


# fmt: off
_ALL: Final = (
    Format("markdown", "markdown", "markdown:read_markdown",
           (".md", ".markdown", ".mkd", ".mdown", ".mdx", ".qmd", ".rmd")),
    Format("text", "text", "plain:read_text",
           (".txt", ".text", ".log", ".rst", ".adoc", ".org", ".tex")),
    Format("pdf", "pdf", "pdf:read_pdf", (".pdf",)),
    Format("docx", "docx", "docx:read_docx", (".docx", ".docm", ".dotx")),
    Format("html", "html", "html:read_html", (".html", ".htm", ".xhtml")),
    Format("json", "json", "json_records:read_json", (".json", ".geojson", ".ipynb")),
    Format("jsonl", "jsonl", "json_records:read_jsonl", (".jsonl", ".ndjson")),
    Format("csv", "csv", "csv_rows:read_csv", (".csv", ".tsv", ".tab")),
    Format("code", "code", "code:read_code"),
    Format("srt", "subtitles", "srt:read_srt", (".srt",)),
    Format("vtt", "subtitles", "vtt:read_vtt", (".vtt",)),
    Format("ass", "subtitles", "ass:read_ass", (".ass", ".ssa")),
    Format("fountain", "screenplay", "fountain:read_fountain", (".fountain", ".spmd")),
    Format("fdx", "screenplay", "fdx:read_fdx", (".fdx",)),
    Format("screenplay", "screenplay", "screenplay:read_screenplay"),
)
# fmt: on

FORMATS: Final[Mapping[str, Format]] = {format.name: format for format in _ALL}
"""Every format by name."""

BY_SUFFIX: Final[Mapping[str, str]] = {
    suffix: format.name for format in _ALL for suffix in format.suffixes
}
"""Which format a name's ending speaks for."""
