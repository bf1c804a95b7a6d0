"""Parameters: what ``${name}`` stands for, and who gave it.

Three may give a value; the later wins: the recipe's ``params``, a params file, ``--set``. A
value in a file may use the parameters above it. What is typed after ``--set`` is a plain
scalar of YAML, and never a template.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from animstudio.kernel.errors import nearest
from animstudio.pipeline.recipe import nodes
from animstudio.pipeline.recipe.nodes import Node, Scalar, kind_of, value_kind
from animstudio.pipeline.recipe.problems import Findings, Place
from animstudio.pipeline.recipe.scalars import core_value

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_USE = re.compile(r"\$\$\{|\$\{([^{}]*)(\}?)")

HEAD = re.compile(rf"\$\{{\s*({NAME.pattern})\s*\}}")
"""The parameter that a text begins with."""

MOST = 16 * 1024**2
"""Characters and values that parameters may bring into a recipe, all uses together."""


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter's value and who gave it; `size` counts its characters and values.

    What begins with a parameter given by ``--set`` was given by it too.
    """

    value: object
    origin: Literal["recipe", "file", "set"]
    size: int


class Params:
    """Parameters by name, and how much their uses have brought in so far."""

    def __init__(self, declared: Collection[str] = ()) -> None:
        self._declared = declared
        self._params: dict[str, Param] = {}
        self._spent = 0
        self._broken: set[str] = set()

    def values(self) -> dict[str, object]:
        """Return every value by name."""
        return {name: param.value for name, param in self._params.items()}

    def get(self, name: str) -> Param | None:
        """Return a parameter, or None; nothing is noted."""
        return self._params.get(name)

    def set(self, name: str, value: object, origin: Literal["recipe", "file", "set"]) -> None:
        """Give a parameter its value."""
        self._params[name] = Param(value, origin, _size(value))

    def use(self, name: str, at: Place, findings: Findings) -> object:
        """Return a parameter's value; None and a problem for one that is not there."""
        param = self._params.get(name)
        if param is None:
            if name not in self._broken:
                findings.add("parameter", _unknown(name, self._params, self._declared), at)
            return None
        self._spent += param.size
        if self._spent > MOST:
            findings.add("too-large", f"parameters bring in more than {MOST:,} characters", at)
            return None
        return param.value

    def give_up(self, name: str) -> None:
        """Say nothing of the uses of a parameter whose own problem is noted already."""
        self._broken.add(name)


def read_params(
    node: Node | None,
    given: Node | None,
    sets: Mapping[str, str],
    findings: Findings,
    values: Mapping[str, object] = {},
) -> Params:
    """Return the parameters of a recipe (`node`), a params file (`given`) and ``--set``.

    `values` are as good as typed.
    """
    typed = {**_typed(sets, findings), **values}
    of_recipe = _pairs(node, "params", findings)
    params = Params(of_recipe)
    of_file = _pairs(given, "a params file", findings)
    for name, (key, value) in of_recipe.items():
        if not NAME.fullmatch(name):
            message = f"'{name}' is no name: letters, digits, _ and -, a letter first"
            findings.add("parameter", message, key)
        elif name in typed:
            params.set(name, typed[name], "set")
        elif name in of_file:
            _define(params, name, of_file[name][1], "file", findings)
        else:
            _define(params, name, value, "recipe", findings)
    for name, (key, _) in of_file.items():
        if name not in of_recipe:
            message = f"the recipe has no parameter '{name}'{_choices(name, of_recipe)}"
            findings.add("parameter", message, key)
    for name in typed:
        if name not in of_recipe:
            message = f"the recipe has no parameter '{name}'{_choices(name, of_recipe)}"
            findings.add_elsewhere("parameter", message, f"--set {name}={typed[name]}")
    return params


def _typed(sets: Mapping[str, str], findings: Findings) -> dict[str, object]:
    typed: dict[str, object] = {}
    for name, text in sets.items():
        try:
            typed[name] = core_value(text)
        except ValueError as error:
            findings.add_elsewhere("type", str(error), f"--set {name}={text}")
            typed[name] = None
    return typed


def _pairs(node: Node | None, what: str, findings: Findings) -> dict[str, tuple[Scalar, Node]]:
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return {}
    if isinstance(node, nodes.Mapping):
        return node.pairs
    findings.add("type", f"{what} is a map of names and values, not {kind_of(node)}", node)
    return {}


def _define(
    params: Params,
    name: str,
    node: Node,
    origin: Literal["recipe", "file"],
    findings: Findings,
) -> None:
    before = len(findings)
    value = _value(node, params, findings)
    if len(findings) > before:
        params.give_up(name)
    else:
        params.set(name, value, "set" if _built_on_set(node, params) else origin)


def _built_on_set(node: Node, params: Params) -> bool:
    """Say whether a text begins with what was typed, and does not climb out of it again."""
    head = HEAD.match(node.text) if isinstance(node, Scalar) else None
    param = params.get(head[1]) if head else None
    if not head or not param or not isinstance(node, Scalar):
        return False
    return param.origin == "set" and ".." not in node.text[head.end() :].split("/")


def _value(node: Node, params: Params, findings: Findings) -> object:
    if isinstance(node, nodes.Sequence):
        return [_value(item, params, findings) for item in node.items]
    if isinstance(node, nodes.Mapping):
        return {name: _value(value, params, findings) for name, (_, value) in node.pairs.items()}
    text = node.value
    if not isinstance(text, str) or "${" not in text:
        return text
    whole = _USE.fullmatch(text)
    if whole and whole[2]:
        return params.use(whole[1].strip(), node, findings)

    def replaced(found: re.Match[str]) -> str:
        if found[1] is None:
            return "${"
        if not found[2]:
            message = f"'{found[0]}' is not closed"
            findings.add("template", message, node, hint="write $${ for the two characters")
            return ""
        value = params.use(found[1].strip(), node, findings)
        if isinstance(value, list | dict):
            message = f"'{found[0]}' is {value_kind(value)}, and cannot stand inside a text"
            findings.add("template", message, node)
            return ""
        return str(value).lower() if isinstance(value, bool) else str(value)

    return _USE.sub(replaced, text)


def _unknown(name: str, params: Mapping[str, Param], declared: Collection[str]) -> str:
    if name in declared:
        return f"'{name}' is declared further down; a parameter can use those above it"
    if NAME.fullmatch(name):
        return f"no parameter is called '{name}'{_choices(name, params)}"
    return f"'${{{name}}}' is no parameter: between the braces stands one name"


def _choices(name: str, params: Mapping[str, object]) -> str:
    if found := nearest(name, params):
        return found
    return f"; there are {', '.join(params)}" if 0 < len(params) <= 12 else "; declare it in params"


def _size(value: object) -> int:
    if isinstance(value, str):
        return 1 + len(value)
    if isinstance(value, dict):
        return 1 + sum(len(key) + _size(item) for key, item in value.items())
    return 1 + sum(map(_size, value)) if isinstance(value, list) else 1
