"""The pieces of a condition's text, and a reader that walks along them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from animstudio.pipeline.recipe.nodes import Scalar

_TOKEN = re.compile(
    r"""\s*(?:(?P<braces>\$?\{[^{}]*\})|(?P<text>'[^']*'|"[^"]*")|(?P<op>==|!=|<=|>=|<|>)"""
    r"""|(?P<mark>[()\[\],])|(?P<word>[^\s()\[\],'"<>=!{}]+)|(?P<odd>\S))"""
)


class Refused(Exception):
    """A condition that cannot be read, and where."""

    def __init__(self, message: str, at: Scalar, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.at, self.hint = message, at, hint


@dataclass(frozen=True, slots=True)
class Token:
    """A piece: braces, text, op, mark, word or odd; and where it begins."""

    kind: str
    text: str
    offset: int


class Tokens:
    """The pieces of one condition, read from left to right."""

    def __init__(self, node: Scalar) -> None:
        self._node = node
        self._all = [
            Token(
                str(found.lastgroup), found[str(found.lastgroup)], found.start(found.lastgroup or 0)
            )
            for found in _TOKEN.finditer(node.text)
        ]
        self._next = 0

    def __bool__(self) -> bool:
        return bool(self._all)

    def peek(self, ahead: int = 0) -> Token | None:
        """Return the piece that comes next, or one further ahead; None at the end."""
        place = self._next + ahead
        return self._all[place] if place < len(self._all) else None

    def skip(self, count: int = 1) -> None:
        """Go on."""
        self._next += count

    def took(self, text: str) -> bool:
        """Go past a word or a mark if it comes next."""
        token = self.peek()
        # 'and' in quotes is a text.
        if token is None or token.text != text or token.kind not in ("word", "mark"):
            return False
        self.skip()
        return True

    def expect(self, text: str) -> None:
        """Go past a mark that has to come next. Raises Refused."""
        token = self.peek()
        if self.took(text):
            return
        if token:
            self.unexpected(token, f"; '{text}' is missing")
        raise Refused(f"ends where '{text}' is missing", self._node)

    def unexpected(self, token: Token, more: str = "") -> NoReturn:
        """Refuse a piece where it stands."""
        if token.text in ("'", '"'):
            raise Refused("a quote is not closed", self.at(token))
        raise Refused(f"'{token.text}' cannot stand here{more}", self.at(token))

    def at(self, token: Token) -> Scalar:
        """Return where a piece stands; in a text of several lines, where that begins."""
        node = self._node
        line = node.source.line(node.line)
        begins = line.find(node.text, node.column - 1)
        column = begins + 1 + token.offset if begins >= 0 else node.column
        return Scalar(node.source, node.line, column, token.text, token.text)
