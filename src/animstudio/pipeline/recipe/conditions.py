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
from animstudio.pipeline.recipe.tokens import Refused, Token, Tokens

LONGEST = 1000
"""Characters; with `_DEEPEST` it keeps the parser's recursion small."""

_DEEPEST = 32


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
    except Refused as refused:
        message = f"when: {refused.message}"
        scope.findings.add("condition", message, refused.at, hint=refused.hint)
    return None


class _Parser:
    """Recursive descent over the tokens of one condition."""

    def __init__(self, node: Scalar, scope: Scope) -> None:
        self._node, self._scope = node, scope
        self._tokens = Tokens(node)
        self._depth = 0

    def read(self) -> Condition:
        """Return the whole condition."""
        if not self._tokens:
            raise Refused("is empty", self._node)
        condition = self._either()
        if (left := self._tokens.peek()) is not None:
            self._tokens.unexpected(left)
        return condition

    def _either(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Refused(f"is nested deeper than {_DEEPEST} levels", self._node)
        parts = [self._all()]
        while self._tokens.took("or"):
            parts.append(self._all())
        self._depth -= 1
        return Either(tuple(parts)) if len(parts) > 1 else parts[0]

    def _all(self) -> Condition:
        parts = [self._not()]
        while self._tokens.took("and"):
            parts.append(self._not())
        return All(tuple(parts)) if len(parts) > 1 else parts[0]

    def _not(self) -> Condition:
        times = 0
        while self._tokens.took("not"):
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
            raise Refused("compares two things at a time", self._tokens.at(again[1]), hint)
        compared = Compare(op, left, right, mark_of(self._tokens.at(token)))
        self._check_sides(compared, token)
        return compared

    def _op(self) -> tuple[str, Token] | None:
        token = self._tokens.peek()
        if token is None:
            return None
        if token.kind == "op" or token.text == "in":
            self._tokens.skip()
            return token.text, token
        following = self._tokens.peek(1)
        if token.text == "not" and following and following.text == "in":
            self._tokens.skip(2)
            return "not in", token
        if token.kind == "odd" and token.text == "=":
            raise Refused("'=' compares nothing", self._tokens.at(token), "write ==")
        return None

    def _check_sides(self, compared: Compare, token: Token) -> None:
        """Refuse what can never be compared, where both sides are known already."""
        if isinstance(compared.left, Constant) and isinstance(compared.right, Constant):
            try:
                compare(compared.op, compared.left.value, compared.right.value)
            except TypeError as error:
                raise Refused(str(error), self._tokens.at(token)) from error

    def _operand(self) -> Condition:
        token = self._tokens.peek()
        if token is None:
            end = Token("end", "", len(self._node.text))
            raise Refused("ends where a value is missing", self._tokens.at(end))
        self._tokens.skip()
        if token.kind == "text":
            return Constant(token.text[1:-1])
        if token.kind == "braces":
            return self._braces(token)
        if token.text == "(":
            inner = self._either()
            self._tokens.expect(")")
            return inner
        if token.text == "[":
            return self._list()
        if token.kind == "word":
            return self._word(token)
        self._tokens.unexpected(token)

    def _list(self) -> Constant:
        values: list[object] = []
        while not self._tokens.took("]"):
            if values:
                self._tokens.expect(",")
            token = self._tokens.peek()
            item = self._operand()
            if not isinstance(item, Constant):
                at = self._tokens.at(token) if token else self._node
                raise Refused("a list holds values and parameters alone", at)
            values.append(item.value)
        return Constant(values)

    def _word(self, token: Token) -> Constant:
        try:
            value = core_value(token.text)
        except ValueError as error:
            raise Refused(str(error), self._tokens.at(token)) from error
        if not isinstance(value, str):
            return Constant(value)
        scope, text, at = self._scope, token.text, self._tokens.at(token)
        if scope.params.get(text):
            raise Refused(f"'{text}' is a parameter", at, f"write ${{{text}}}")
        if text.partition(".")[0] in scope.stages:
            raise Refused(f"'{text}' is not in braces", at, f"write {{{text}}}")
        near = nearest(text, ("and", "or", "not", "in", "true", "false", "null"))
        raise Refused(f"'{text}' is not known{near}", at, f"write '{text}' for text")

    def _braces(self, token: Token) -> Condition:
        at = self._tokens.at(token)
        part = Scalar(at.source, at.line, at.column, token.text, token.text)
        before = len(self._scope.findings)
        value = self._scope.build(part)
        if isinstance(value, Reference):
            return value
        if len(self._scope.findings) == before and value == token.text and token.text[0] == "{":
            raise Refused(f"'{token.text}' is no reference", at, "write {stage.output}")
        return Constant(value)
