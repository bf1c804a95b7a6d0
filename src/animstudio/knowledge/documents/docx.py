"""Word documents: paragraphs, headings, lists, tables and footnotes, as they would be printed.

The XML is read here rather than by `python-docx`, whose paragraphs leave out what was inserted
with changes tracked and what stands in content controls. Source: ECMA-376, part 1, chapter 17.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from animstudio.knowledge.documents.packed import part, xml
from animstudio.knowledge.documents.source import Reading, Source
from animstudio.knowledge.documents.writing import Writing, one_line, row_text

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# The same document "in the strict form" has another namespace.
_STRICT: Final = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_UNSEEN: Final = frozenset(
    _W + name for name in ("del", "moveFrom", "instrText", "delText", "pPr", "rPr", "fldData")
) | {"{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
_LETTERS: Final = {_W + "tab": "\t", _W + "br": "\n", _W + "cr": "\n", _W + "noBreakHyphen": "-",
                   _W + "softHyphen": ""}  # fmt: skip
_HEADING: Final = re.compile(r"heading (\d)")


def read_docx(source: Source) -> Reading:
    """Return the document written anew. Raises UnreadableDocument for what is broken or locked."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(source.data))
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise source.refused(f"broken: {error}") from None
    with archive:
        body = _root(source, archive, "word/document.xml")
        if body is None:
            raise source.refused("broken: there is no word/document.xml in it")
        writer = _Word(source, _styles(_root(source, archive, "word/styles.xml")))
        for child in body:
            writer.flow(child)
        notes = _root(source, archive, "word/footnotes.xml")
        for note in notes if notes is not None else ():
            writer.flow(note)
        core = _root(source, archive, "docProps/core.xml")
    title = core.findtext(_DC + "title", "") if core is not None else ""
    return writer.writing.reading(title=title or writer.title)


def _root(source: Source, archive: zipfile.ZipFile, name: str) -> Element | None:
    data = part(source, archive, name)
    if data is None:
        return None
    return xml(source, data.replace(_STRICT, _W[1:-1].encode()), name)


def _styles(root: Element | None) -> dict[str, tuple[int, bool]]:
    """Return of every style which level of heading it is, 0 for none, and whether it is a list."""
    styles: dict[str, tuple[int, bool]] = {}
    based: dict[str, str] = {}
    for style in root.iter(_W + "style") if root is not None else ():
        named = style.find(_W + "name")
        name = (named.get(_W + "val", "") if named is not None else "").lower()
        styles[style.get(_W + "styleId", "")] = (
            _style_level(name, style),
            name.startswith("list") or style.find(f".//{_W}numPr") is not None,
        )
        parent = style.find(_W + "basedOn")
        if parent is not None:
            based[style.get(_W + "styleId", "")] = parent.get(_W + "val", "")
    for style_id, parent_id in based.items():
        if styles[style_id] == (0, False):
            styles[style_id] = styles.get(parent_id, (0, False))
    return styles


def _style_level(name: str, style: Element) -> int:
    heading = _HEADING.match(name)
    if heading:
        return int(heading.group(1))
    return 1 if name == "title" else _outline(style)


def _outline(element: Element) -> int:
    """Return the level of an outline, 0 for body text."""
    found = element.find(f".//{_W}outlineLvl")
    level = found.get(_W + "val", "9") if found is not None else "9"
    return int(level) + 1 if level.isdecimal() and int(level) < 9 else 0


class _Word:
    def __init__(self, source: Source, styles: dict[str, tuple[int, bool]]) -> None:
        self.writing = Writing(source)
        self.title = ""
        self._styles = styles

    def flow(self, element: Element) -> None:
        """Write a paragraph or a table, or what stands in a container of them."""
        if element.tag == _W + "p":
            self._paragraph(element)
        elif element.tag == _W + "tbl":
            self._table(element)
        elif element.tag not in _UNSEEN:
            for child in element:
                self.flow(child)

    def _paragraph(self, paragraph: Element) -> None:
        words = _text(paragraph)
        level, item = self._kind(paragraph.find(_W + "pPr"))
        if level and words.strip() and len(words) < 400:
            self.writing.heading(words, level)
            self.title = self.title or one_line(words)
        else:
            self.writing.add("list_item" if item else "paragraph", ("- " if item else "") + words
                             if words.strip() else "")  # fmt: skip

    def _kind(self, properties: Element | None) -> tuple[int, bool]:
        if properties is None:
            return 0, False
        named = properties.find(_W + "pStyle")
        style = named.get(_W + "val", "") if named is not None else ""
        level, item = self._styles.get(style, (0, False))
        return _outline(properties) or level, item or properties.find(_W + "numPr") is not None

    def _table(self, table: Element) -> None:
        rows = [[_cell(cell) for cell in _within(row, "tc")] for row in _within(table, "tr")]
        if not rows:
            return
        named = len(rows) > 1 and len(rows[0]) > 1 and all(cell.strip() for cell in rows[0])
        lines = [row_text(rows[0])] + [row_text(row, rows[0] if named else ()) for row in rows[1:]]
        self.writing.add("table", "\n".join(filter(None, lines)))


def _within(element: Element, tag: str) -> Iterator[Element]:
    """Yield the rows of a table or the cells of a row, also where content controls wrap them."""
    for child in element:
        if child.tag == _W + tag:
            yield child
        elif child.tag in (_W + "sdt", _W + "sdtContent", _W + "ins", _W + "customXml"):
            yield from _within(child, tag)


def _cell(cell: Element) -> str:
    return " ".join(_text(paragraph) for paragraph in cell.iter(_W + "p"))


def _text(element: Element) -> str:
    """Return what is printed of a paragraph; of a text box in it, on lines of its own."""
    parts: list[str] = []
    for child in element:
        if child.tag == _W + "t":
            parts.append(child.text or "")
        elif child.tag in _LETTERS:
            parts.append(_LETTERS[child.tag])
        elif child.tag not in _UNSEEN:
            words = _text(child)
            parts.append(f"\n{words}\n" if child.tag == _W + "p" and words else words)
    return "".join(parts)
