"""``when``: a small language of comparisons, with a parser of its own and nothing evaluated.

    when: "${style} == 'kohya' and {extract.count} > 0"

    condition = both {"or" both}          operand = 'text' | "text" | number | true | false
    both      = not {"and" not}                   | null | ${parameter} | {stage.output}
    not       = "not" not | compared              | "[" operand {"," operand} "]"
    compared  = operand [op operand]              | "(" condition ")"
    op        = == != < <= > >= in, not in

A parameter is a value here, never a piece of the text, so that no value changes the meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from animstudio.kernel.errors import nearest
from animstudio.pipeline.recipe.holds import compare
from animstudio.pipeline.recipe.model import (
    All,
    Compare,
    Condition,
    Constant,
    Either,
    Not,
    Reference,
)
from animstudio.pipeline.recipe.nodes import Mapping, Node, Scalar, kind_of
from animstudio.pipeline.recipe.problems import mark_of
from animstudio.pipeline.recipe.scalars import core_value
from animstudio.pipeline.recipe.template import Scope

LONGEST = 1000
"""Characters; with `_DEEPEST` it keeps the parser's recursion small."""

_DEEPEST = 32
_TOKEN = re.compile(
    r"""\s*(?:(?P<braces>\$?\{[^{}]*\})|(?P<text>'[^']*'|"[^"]*")|(?P<op>==|!=|<=|>=|<|>)"""
    r"""|(?P<mark>[()\[\],])|(?P<word>[^\s()\[\],'"<>=!{}]+)|(?P<odd>\S))"""
)


def read_condition(node: Node, scope: Scope) -> Condition | None:
    """Return a condition; None after noting where it cannot be read."""
    if isinstance(node, Mapping) and node.braced:
        # {a.b}, unquoted
        value = scope.build(node)
        return value if isinstance(value, Reference) else None
    if not isinstance(node, Scalar):
        scope.findings.add("type", f"when takes a condition, not {kind_of(node)}", node)
        return None
    if isinstance(node.value, bool):
        return Constant(node.value)
    if len(node.text) > LONGEST:
        scope.findings.add("too-large", f"when has more than {LONGEST} characters", node)
        return None
    try:
        return _Parser(node, scope).read()
    except _Refused as refused:
        message = f"when: {refused.message}"
        scope.findings.add("condition", message, refused.at, hint=refused.hint)
    return None


class _Refused(Exception):
    def __init__(self, message: str, at: Scalar, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.at, self.hint = message, at, hint


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    offset: int


class _Parser:
    """Recursive descent over the tokens of one condition."""

    def __init__(self, node: Scalar, scope: Scope) -> None:
        self._node, self._scope = node, scope
        self._tokens = [
            _Token(
                str(found.lastgroup), found[str(found.lastgroup)], found.start(found.lastgroup or 0)
            )
            for found in _TOKEN.finditer(node.text)
        ]
        self._next = 0
        self._depth = 0

    def read(self) -> Condition:
        """Return the whole condition."""
        if not self._tokens:
            raise _Refused("is empty", self._node)
        condition = self._either()
        if self._next < len(self._tokens):
            self._unexpected(self._tokens[self._next])
        return condition

    def _either(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Refused(f"is nested deeper than {_DEEPEST} levels", self._node)
        parts = [self._all()]
        while self._took("or"):
            parts.append(self._all())
        self._depth -= 1
        return Either(tuple(parts)) if len(parts) > 1 else parts[0]

    def _all(self) -> Condition:
        parts = [self._not()]
        while self._took("and"):
            parts.append(self._not())
        return All(tuple(parts)) if len(parts) > 1 else parts[0]

    def _not(self) -> Condition:
        times = 0
        while self._took("not"):
            times += 1
        found = self._compared()
        return Not(found) if times % 2 else found

    def _compared(self) -> Condition:
        left = self._operand()
        found = self._op()
        if found is None:
            return left
        op, token = found
        right = self._operand()
        again = self._op()
        if again:
            hint = "write a < b and b < c"
            raise _Refused("compares two things at a time", self._at(again[1]), hint)
        compared = Compare(op, left, right, mark_of(self._at(token)))
        self._check_sides(compared, token)
        return compared

    def _op(self) -> tuple[str, _Token] | None:
        token = self._peek()
        if token is None:
            return None
        if token.kind == "op" or token.text == "in":
            self._next += 1
            return token.text, token
        following = self._tokens[self._next + 1 : self._next + 2]
        if token.text == "not" and following and following[0].text == "in":
            self._next += 2
            return "not in", token
        if token.kind == "odd" and token.text == "=":
            raise _Refused("'=' compares nothing", self._at(token), "write ==")
        return None

    def _check_sides(self, compared: Compare, token: _Token) -> None:
        """Refuse what can never be compared, where both sides are known already."""
        if isinstance(compared.left, Constant) and isinstance(compared.right, Constant):
            try:
                compare(compared.op, compared.left.value, compared.right.value)
            except TypeError as error:
                raise _Refused(str(error), self._at(token)) from error

    def _operand(self) -> Condition:
        token = self._peek()
        if token is None:
            end = _Token("end", "", len(self._node.text))
            raise _Refused("ends where a value is missing", self._at(end))
        self._next += 1
        if token.kind == "text":
            return Constant(token.text[1:-1])
        if token.kind == "braces":
            return self._braces(token)
        if token.text == "(":
            inner = self._either()
            self._expect(")")
            return inner
        if token.text == "[":
            return self._list()
        if token.kind == "word":
            return self._word(token)
        self._unexpected(token)
        raise AssertionError("unexpected tokens are refused")

    def _list(self) -> Constant:
        values: list[object] = []
        while not self._took("]"):
            if values:
                self._expect(",")
            token = self._peek()
            item = self._operand()
            if not isinstance(item, Constant):
                at = self._at(token) if token else self._node
                raise _Refused("a list holds values and parameters alone", at)
            values.append(item.value)
        return Constant(values)

    def _word(self, token: _Token) -> Constant:
        try:
            value = core_value(token.text)
        except ValueError as error:
            raise _Refused(str(error), self._at(token)) from error
        if not isinstance(value, str):
            return Constant(value)
        scope, text = self._scope, token.text
        if scope.params.get(text):
            raise _Refused(f"'{text}' is a parameter", self._at(token), f"write ${{{text}}}")
        if text.partition(".")[0] in scope.stages:
            raise _Refused(f"'{text}' is not in braces", self._at(token), f"write {{{text}}}")
        near = nearest(text, ("and", "or", "not", "in", "true", "false", "null"))
        raise _Refused(f"'{text}' is not known{near}", self._at(token), f"write '{text}' for text")

    def _braces(self, token: _Token) -> Condition:
        at = self._at(token)
        part = Scalar(at.source, at.line, at.column, token.text, token.text)
        before = len(self._scope.findings)
        value = self._scope.build(part)
        if isinstance(value, Reference):
            return value
        if len(self._scope.findings) == before and value == token.text and token.text[0] == "{":
            raise _Refused(f"'{token.text}' is no reference", at, "write {stage.output}")
        return Constant(value)

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _took(self, text: str) -> bool:
        token = self._peek()
        # 'and' in quotes is a text.
        if token is None or token.text != text or token.kind not in ("word", "mark"):
            return False
        self._next += 1
        return True

    def _expect(self, text: str) -> None:
        token = self._peek()
        if self._took(text):
            return
        if token:
            self._unexpected(token, f"; '{text}' is missing")
        raise _Refused(f"ends where '{text}' is missing", self._node)

    def _unexpected(self, token: _Token, more: str = "") -> None:
        if token.text in ("'", '"'):
            raise _Refused("a quote is not closed", self._at(token))
        raise _Refused(f"'{token.text}' cannot stand here{more}", self._at(token))

    def _at(self, token: _Token) -> Scalar:
        """Return where a token stands; in a text of several lines, where that begins."""
        node = self._node
        line = node.source.line(node.line)
        begins = line.find(node.text, node.column - 1)
        column = begins + 1 + token.offset if begins >= 0 else node.column
        return Scalar(node.source, node.line, column, token.text, token.text)
