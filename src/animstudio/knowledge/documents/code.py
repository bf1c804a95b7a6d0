"""Programs: their symbols by tree-sitter, and what stands between them.

Every symbol is a block with its path, ``Class.method``, its leading comments and decorators
included. What a class has before, between and behind its methods is a block of the class's own.
A program with errors in it is read as far as it makes sense; tree-sitter goes on behind them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from animstudio.knowledge.document import Block
from animstudio.knowledge.documents.languages import LANGUAGES, Language, code_language
from animstudio.knowledge.documents.naming import NAMING
from animstudio.knowledge.documents.plain import trimmed
from animstudio.knowledge.documents.source import Reading, Source

if TYPE_CHECKING:
    from tree_sitter import Node

_DEEPEST: Final = 14
"""Levels of the tree that are searched for symbols: classes in namespaces in conditions."""
_WRAPPERS: Final = frozenset((
    "decorated_definition", "export_statement", "template_declaration", "lexical_declaration",
    "variable_declaration", "statement", "declaration_expression", "type_declaration",
    "expression_statement", "definition", "type_system_definition", "type_definition",
    "executable_definition", "attributed_statement", "list_lit",
))  # fmt: skip
"""Nodes that belong to the one symbol inside them."""
_LEADING: Final = re.compile(r"comment|attribute|annotation|decorator|pragma")
_MERGED: Final = frozenset(("equations",))
_CLOSING: Final = re.compile(r"[\s})\];,]*(?:(?:end\w*|@end)[\s\w;.]{0,40})?", re.IGNORECASE)


@dataclass(slots=True)
class _Symbol:
    """A piece of a program, in bytes of its UTF-8 text."""

    name: str
    start: int
    end: int
    inner: list[_Symbol] = field(default_factory=list)


def read_code(source: Source) -> Reading:
    """Return the file's own text, its symbols as blocks."""
    text = source.text
    language = LANGUAGES[code_language(PurePath(source.name), text[:4096]) or "xml"]
    if not language.grammar:
        return Reading(text, _blocks(text, [], language), language=language.name)
    symbols = _symbols(text.encode(), language)
    return Reading(
        text, _blocks(text, _in_characters(text, symbols), language), language=language.name
    )


def _symbols(data: bytes, language: Language) -> list[_Symbol]:
    from tree_sitter_language_pack import get_parser

    tree = get_parser(language.grammar).parse(data)  # type: ignore[arg-type]
    found = list(_Search(language).below(tree.root_node, _DEEPEST))
    return _merged(found) if language.naming in _MERGED else found


class _Search:
    def __init__(self, language: Language) -> None:
        self._leaves, self._nests = language.leaves, language.nests
        self._name = NAMING[language.naming]
        self._with_body = language.naming == "with_body"

    def below(self, node: Node, depth: int) -> Iterator[_Symbol]:
        """Yield the symbols in a node, in order, those inside others in them."""
        children = node.named_children
        for number, child in enumerate(children):
            found = self._symbol(child, depth)
            if not found:
                continue
            before = children[:number]
            for symbol in found:
                symbol.start = _with_comments(symbol.start, before) if before else symbol.start
                before = []
            if self._with_body and number + 1 < len(children):
                following = children[number + 1]
                if following.type == "function_body":
                    found[-1].end = following.end_byte
            yield from found

    def _symbol(self, node: Node, depth: int) -> list[_Symbol]:
        kind = node.type
        if kind in self._leaves or kind in self._nests:
            name = self._name(node)
            if name:
                inner = list(self.below(node, depth - 1)) if kind in self._nests and depth else []
                return [_Symbol(name, node.start_byte, node.end_byte, inner)]
            if kind in self._leaves and kind not in _WRAPPERS:
                return []
        if not depth or not node.named_child_count:
            return []
        found = list(self.below(node, depth - 1))
        if len(found) == 1 and kind in _WRAPPERS:
            found[0].start, found[0].end = node.start_byte, node.end_byte
        return found


def _with_comments(start: int, before: Sequence[Node]) -> int:
    """Return where a symbol begins with the comments and attributes right above it."""
    row = None
    for node in reversed(before):
        if not _LEADING.search(node.type) or node.start_point[1] != before[-1].start_point[1]:
            break
        # Grammars differ in whether a comment's node ends before its line end or behind it.
        last = node.end_point[0] - (node.end_point[1] == 0)
        if row is not None and row - last > 1:
            break
        start, row = node.start_byte, node.start_point[0]
    return start


def _merged(symbols: list[_Symbol]) -> list[_Symbol]:
    """Put the equations of one function, and its signature, together."""
    merged: list[_Symbol] = []
    for symbol in symbols:
        if merged and merged[-1].name == symbol.name:
            merged[-1].end = symbol.end
        else:
            merged.append(symbol)
    return merged


def _in_characters(text: str, symbols: list[_Symbol]) -> list[_Symbol]:
    """Turn byte offsets into character offsets, in one pass over the text."""
    if text.isascii():
        return symbols
    places = sorted({place for symbol in _all(symbols) for place in (symbol.start, symbol.end)})
    data, at, characters = text.encode(), 0, 0
    known = {}
    for place in places:
        characters += len(data[at:place].decode("utf-8", errors="ignore"))
        at = place
        known[place] = characters
    for symbol in _all(symbols):
        symbol.start, symbol.end = known[symbol.start], known[symbol.end]
    return symbols


def _all(symbols: list[_Symbol]) -> Iterator[_Symbol]:
    for symbol in symbols:
        yield symbol
        yield from _all(symbol.inner)


def _blocks(text: str, symbols: list[_Symbol], language: Language) -> tuple[Block, ...]:
    spans: list[tuple[int, int, str | None]] = []
    _flatten(text, symbols, 0, len(text), (), spans)
    return tuple(
        Block(start, end, "symbol" if path else "code", symbol=path, language=language.name)
        for start, end, path in spans
    )


def _flatten(
    text: str,
    symbols: list[_Symbol],
    start: int,
    end: int,
    path: tuple[str, ...],
    spans: list[tuple[int, int, str | None]],
) -> None:
    """Cut ``text[start:end]``, which belongs to `path`, at the symbols inside it."""
    at = start
    for symbol in symbols:
        begin, stop = max(symbol.start, at), min(symbol.end, end)
        if stop <= begin:
            continue
        _span(text, at, begin, path, spans)
        _flatten(text, symbol.inner, begin, stop, (*path, symbol.name), spans)
        at = stop
    closing = at > start and spans and path and _CLOSING.fullmatch(text, at, end)
    if closing:  # the bracket or "end" of a class stays with its last method
        last_start, last_end, owner = spans[-1]
        spans[-1] = (last_start, max(last_end, trimmed(text, at, end)[1]), owner)
    else:
        _span(text, at, end, path, spans)


def _span(
    text: str, start: int, end: int, path: tuple[str, ...], spans: list[tuple[int, int, str | None]]
) -> None:
    start, end = trimmed(text, start, end)
    if end > start:
        spans.append((start, end, ".".join(path) or None))
