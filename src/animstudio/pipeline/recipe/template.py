"""``${param}`` and ``{stage.output}`` within the values of a recipe.

A text is looked through once: what a parameter brings in is never looked through again, so
that no file name or title of a stranger becomes a template. Only names are read. There is no
way to an attribute, an index, a call or the environment. ``$${`` stands for ``${``; a text
with braces that look like a reference goes into ``params``, where they are only text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from animstudio.kernel.errors import nearest
from animstudio.pipeline.recipe import nodes
from animstudio.pipeline.recipe.model import ITEM, MATRIX, Reference, Text, Value
from animstudio.pipeline.recipe.nodes import Node, Scalar
from animstudio.pipeline.recipe.params import Params
from animstudio.pipeline.recipe.problems import Findings, Place, Spot, mark_of

NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_TOKEN = re.compile(
    r"\$\$\{|\$\{(?P<param>[^{}]*)(?P<end>\}?)|\{\{(?P<double>[^{}]*)\}\}|\{(?P<inner>[^{}]*)\}"
)
_REFERENCE = re.compile(rf"\s*({NAME})(?:\.({NAME}))?\s*")
_BEGINS = re.compile(rf"\s*({NAME})\s*[.\[(!:|]")


@dataclass(slots=True)
class Scope:
    """What the templates of one stage can name, and which references they made.

    matrix:    the keys of its matrix.
    bound:     the name that its ``foreach`` binds, or None.
    no_stages: why references cannot stand here, or "" where they can.
    """

    params: Params
    stages: Mapping[str, Node]
    findings: Findings
    bound: str | None = None
    matrix: Collection[str] = ()
    no_stages: str = ""
    references: list[Reference] = field(default_factory=list)

    def build(self, node: Node) -> Value:
        """Return the value of a node with its templates read; problems are noted."""
        if isinstance(node, Scalar):
            value = node.value
            if type(value) is str and "{" in value:
                return self._text(node, value)
            return value
        if isinstance(node, nodes.Sequence):
            return [self.build(item) for item in node.items]
        if node.braced and self._is_reference(node):
            return self._braced(node)
        for name, (key, _) in node.pairs.items():
            if "{" in name and _TOKEN.search(name):
                self.findings.add("template", f"a key cannot be a template, as '{name}' is", key)
        return {name: self.build(value) for name, (_, value) in node.pairs.items()}

    def _is_reference(self, node: nodes.Mapping) -> bool:
        found = _REFERENCE.fullmatch(next(iter(node.pairs)))
        return bool(found and (found[2] or found[1] in self._names()))

    def _braced(self, node: nodes.Mapping) -> Reference | None:
        """Return the reference that somebody forgot to quote: YAML reads ``{a.b}`` as a map."""
        stage, _, output = next(iter(node.pairs)).strip().partition(".")
        reference = self._reference(stage, output, node)
        if reference is None:
            self.findings.settle(node)
        return reference

    def _names(self) -> set[str]:
        names = {MATRIX} if self.matrix else set()
        return names | ({self.bound} if self.bound else set())

    def _text(self, node: Scalar, text: str) -> Value:
        parts: list[str | Reference] = []
        end = 0
        for token in _TOKEN.finditer(text):
            if token.start() > end:
                parts.append(text[end : token.start()])
            end = token.end()
            value = self._token(node, token)
            if token.span() == (0, len(text)):
                return value
            parts.append(value if isinstance(value, Reference) else self._word(node, token, value))
        parts.append(text[end:])
        return _joined(parts)

    def _token(self, node: Scalar, token: re.Match[str]) -> Value:
        """Return what a token stands for; None after noting that it stands for nothing."""
        at = _spot(node, token)
        if token["param"] is not None:
            found = self._param(at, token["param"], bool(token["end"]))
        elif token["inner"] is not None:
            found = self._inner(at, token["inner"], token[0])
        elif token["double"] is not None:
            found = self._doubled(at, token["double"].strip(), token[0])
        else:
            return "${"
        if found is None:
            self.findings.settle(node)
        return found

    def _word(self, node: Scalar, token: re.Match[str], value: object) -> str:
        """Return a parameter's value as it stands inside a text."""
        if value is None and mark_of(_spot(node, token)) in self.findings.settled:
            return ""
        try:
            return formatted(value)
        except ValueError as error:
            message = f"'{token[0]}' is {error}, and cannot stand inside a text"
            self.findings.add("template", message, _spot(node, token))
            self.findings.settle(node)
            return ""

    def _doubled(self, at: Place, inner: str, written: str) -> str | None:
        found = _REFERENCE.fullmatch(inner)
        if not found or not (found[2] or found[1] in self._names()):
            return written
        self.findings.add(
            "template", f"'{written}' has two pairs of braces, and a reference has one", at,
            hint=f'write "{{{inner}}}"; for these very characters, put the text into params',
        )  # fmt: skip
        return None

    def _param(self, at: Place, inner: str, ended: bool) -> Value:
        name = inner.strip()
        if ended:
            return self.params.use(name, at, self.findings)
        self.findings.add(
            "template", f"'${{{inner}' is not closed", at,
            hint=f"write ${{{name}}}, or $${{ for the two characters themselves",
        )  # fmt: skip
        return None

    def _inner(self, at: Place, inner: str, written: str) -> str | Reference | None:
        """Return the reference that stands between braces, or braces as such as they are."""
        found = _REFERENCE.fullmatch(inner)
        if found and (found[2] or found[1] in self._names()):
            return self._reference(found[1], found[2] or "", at)
        begins = found or _BEGINS.match(inner)
        name = begins[1] if begins else ""
        known = name in self.stages or name in self._names()
        message, hint = "", None
        if found and not known and name in (ITEM, MATRIX):
            message = self._unknown(name)
        elif found and known:
            message = f"'{written}' names a stage, and not which of its outputs"
            hint = f"write {{{name}.output}}, with one of its outputs"
        elif known:
            message = f"'{written}' is more than a name; only '{{stage.output}}' is read"
        elif found and (meant := nearest(name, self._names())):
            message = f"nothing is bound to '{name}'{meant}"
        if not message:
            return written
        self.findings.add("template", message, at, hint=hint)
        return None

    def _reference(self, stage: str, output: str, at: Place) -> Reference | None:
        reference = Reference(stage, output, mark_of(at))
        if self.no_stages:
            self.findings.add("template", f"'{reference}' {self.no_stages}", at)
            return None
        if stage == MATRIX and self.matrix and output not in self.matrix:
            message = f"the matrix has no '{output}'" if output else "the matrix is many values"
            choices = nearest(output, self.matrix) or f"; it has {', '.join(self.matrix)}"
            self.findings.add("reference", message + choices, at)
            return None
        if stage not in self._names() and stage not in self.stages:
            self.findings.add("reference", self._unknown(stage), at)
            return None
        self.references.append(reference)
        return reference

    def _unknown(self, stage: str) -> str:
        if stage == MATRIX:
            return "this stage has no matrix"
        if stage == ITEM:
            named = f"; its items are called '{self.bound}'" if self.bound else ""
            return f"this stage is done for no '{stage}'{named or '; add foreach'}"
        choices = [*self.stages, *self._names()]
        return f"no stage is called '{stage}'{nearest(stage, choices)}"


def _spot(node: Scalar, token: re.Match[str]) -> Spot:
    """Return where a part of a text stands; in a text of several lines, where that begins."""
    # Quotes and escapes only ever move it to the right.
    first = node.column - 1 + token.start()
    column = node.source.line(node.line).find(token[0], first) + 1
    return Spot(node.source, node.line, column or node.column)


def formatted(value: object) -> str:
    """Return a value as it stands inside a text. Raises ValueError, saying what it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, dict | list | tuple | set | frozenset):
        raise ValueError(nodes.value_kind(value))
    return str(value)


def references_in(value: Value) -> list[Reference]:
    """Return the references among the leaves of a value, in order."""
    if isinstance(value, Reference):
        return [value]
    if isinstance(value, Text):
        return [part for part in value.parts if isinstance(part, Reference)]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [found for item in value for found in references_in(item)]
    return []


def _joined(parts: list[str | Reference]) -> str | Text:
    joined: list[str | Reference] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    if all(isinstance(part, str) for part in joined):
        return "".join(str(part) for part in joined)
    return Text(tuple(joined))
