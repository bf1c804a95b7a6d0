"""A YAML file as a tree whose every part knows where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field

from animstudio.pipeline.recipe.problems import Source


@dataclass(slots=True, eq=False)
class Scalar:
    """A word or a text; `value` is what it means by the core schema, `text` what was written."""

    source: Source
    line: int
    column: int
    text: str
    value: object


@dataclass(slots=True, eq=False)
class Sequence:
    """A list. Size counts all within, what aliases repeat too; the height of a flat one is 1."""

    source: Source
    line: int
    column: int
    items: list[Node] = field(default_factory=list)
    size: int = 1
    height: int = 1


@dataclass(slots=True, eq=False)
class Mapping:
    """A map, by the text of its keys. `braced` says it is written ``{name}``, with no value."""

    source: Source
    line: int
    column: int
    pairs: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    size: int = 1
    height: int = 1
    braced: bool = False

    def get(self, key: str) -> Node | None:
        """Return the value of a key, or None."""
        pair = self.pairs.get(key)
        return pair[1] if pair else None

    def key(self, key: str) -> Scalar | None:
        """Return where a key stands, or None."""
        pair = self.pairs.get(key)
        return pair[0] if pair else None


Node = Scalar | Sequence | Mapping


def kind_of(node: Node) -> str:
    """Return what a node is, in words: ``a list``, ``text``."""
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, Mapping):
        return "a map"
    return value_kind(node.value)


def value_kind(value: object) -> str:
    """Return what a value is, in words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list | tuple) else "a map"
