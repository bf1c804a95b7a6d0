"""HTML: headings, paragraphs, lists and tables as a reader sees them; no scripts, no styles."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from animstudio.knowledge.document import BlockKind
from animstudio.knowledge.documents.encoding import decode
from animstudio.knowledge.documents.source import Reading, Source
from animstudio.knowledge.documents.writing import Writing, one_line, row_text

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_CHARSET: Final = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_UNSEEN: Final = frozenset((
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "canvas", "head",
    "select", "button", "video", "audio", "-comment",
))  # fmt: skip
_BLOCKS: Final = frozenset((
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "li",
    "main", "menu", "nav", "ol", "p", "section", "summary", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "ul",
))  # fmt: skip
_ITEMS: Final = frozenset(("li", "dt", "dd"))
_HEADING: Final = re.compile(r"h[1-6]$")


def read_html(source: Source) -> Reading:
    """Return the page written anew."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(_text(source))
    page = _Page(source)
    body = tree.body
    if body is not None:
        page.read(body)
    named = tree.css_first("title")
    title = named.text() if named is not None else ""
    return page.writing.reading(title=title or page.title)


def _text(source: Source) -> str:
    """Return the page's text: UTF-8 and marked files by their bytes, others as the page says."""
    declared = _CHARSET.search(source.data[:4096])
    if declared and not isinstance(decode(source.data[:64]), str):
        try:
            source.data.decode("utf-8")
        except UnicodeDecodeError:
            name = declared.group(1).decode().lower()
            # What calls itself GB2312 or Latin-1 is their superset on the web.
            name = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252"}.get(name, name)
            try:
                return codecs.decode(source.data, name)
            except (LookupError, UnicodeDecodeError, TypeError):
                pass
    return source.text


class _Page:
    """Goes through the tree without recursion: pages nest deeper than Python's stack."""

    def __init__(self, source: Source) -> None:
        self.writing = Writing(source)
        self.title = ""
        self._words: list[str] = []
        self._item = False  # the next words begin a list item

    def read(self, body: LexborNode) -> None:
        """Write everything under a node."""
        node: LexborNode | None = body
        while node is not None:
            inside = self._open(node)
            if inside and node.child is not None:
                node = node.child
                continue
            node = self._next(node, body)
        self._flush()

    def _next(self, node: LexborNode, top: LexborNode) -> LexborNode | None:
        """Return the node after one and all that is inside it, closing what ends in between."""
        here: LexborNode | None = node
        while here is not None and here.mem_id != top.mem_id:
            if here.tag in _BLOCKS:
                self._flush()
            if here.tag in _ITEMS:
                self._item = False
            if here.next is not None:
                return here.next
            here = here.parent
        return None

    def _open(self, node: LexborNode) -> bool:
        """Begin a node; return whether to go on inside it."""
        tag = node.tag or ""
        if tag == "-text":
            self._words.append(node.text_content or "")
            return False
        if tag in _UNSEEN or "hidden" in node.attributes:
            return False
        if tag == "br":
            self._words.append("\n")
        elif tag == "img":
            self._words.append(f" {node.attributes.get('alt') or ''} ")
        elif _HEADING.match(tag):
            self._flush()
            words = one_line(node.text(separator=" "))
            self.title = self.title or words
            self.writing.heading(words, int(tag[1]))
            return False
        elif tag == "pre":
            self._flush()
            self.writing.add("code", node.text())
            return False
        elif tag == "table" and _is_data(node):
            self._flush()
            self.writing.add("table", "\n".join(_rows(node)))
            return False
        elif tag in _BLOCKS:
            self._flush()
            self._item = self._item or tag in _ITEMS
        return True

    def _flush(self) -> None:
        lines = [one_line(line) for line in _joined(self._words).split("\n")]
        words = "\n".join(line for line in lines if line)
        self._words.clear()
        if words:
            kind: BlockKind = "list_item" if self._item else "paragraph"
            self.writing.add(kind, f"- {words}" if self._item else words)
            self._item = False


def _joined(words: list[str]) -> str:
    """Join pieces of text; line ends in the source are spaces, only ``<br>`` is a line end."""
    return "".join(word if word == "\n" else re.sub(r"\s+", " ", word) for word in words)


def _is_data(table: LexborNode) -> bool:
    """Return whether a table holds data: pages of old are laid out by tables within tables."""
    return table.css_first("table table, table h1, table h2, table p + p") is None and (
        len(table.css("tr")) > 1 or table.css_first("th") is not None
    )


def _rows(table: LexborNode) -> Iterator[str]:
    caption = table.css_first("caption")
    if caption is not None:
        yield one_line(caption.text())
    names: list[str] = []
    for row in table.css("tr"):
        cells = [(cell.tag, one_line(cell.text(separator=" "))) for cell in row.css("td, th")]
        words = [text for _, text in cells]
        if cells and all(tag == "th" for tag, _ in cells) and len(cells) > 1:
            names = words
            yield row_text(words)
        elif words:
            yield row_text(words, names if len(names) == len(words) else ())
