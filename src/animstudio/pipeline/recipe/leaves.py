"""The leaves of an option's value, each with what may stand there and where it is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from animstudio.pipeline.recipe import nodes
from animstudio.pipeline.recipe.model import Value
from animstudio.pipeline.recipe.nodes import Node
from animstudio.pipeline.recipe.shapes import ANYTHING, Many, Named, Shape, fields_of


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar, `Reference` or `Text` at a path such as ``("inputs", 2)``.

    node is where it is written; for a value that a parameter brought in, where that stands.
    """

    value: Value
    path: tuple[str | int, ...]
    shape: Shape
    node: Node


def leaves(value: Value, path: tuple[str | int, ...], shape: Shape, node: Node) -> Iterator[Leaf]:
    """Yield every leaf of a value, in order."""
    if isinstance(value, list):
        inner = _merged([one.item for one in shape.choices if isinstance(one, Many)])
        for index, item in enumerate(value):
            below = node.items[index] if isinstance(node, nodes.Sequence) else node
            yield from leaves(item, (*path, index), inner, below)
    elif isinstance(value, dict):
        fields = {
            name: inner
            for one in shape.choices
            if isinstance(one, type) and issubclass(one, BaseModel)
            for name, inner in fields_of(one).items()
        }
        inner = _merged([one.value for one in shape.choices if isinstance(one, Named)])
        for name, item in value.items():
            found = node.get(name) if isinstance(node, nodes.Mapping) else None
            yield from leaves(item, (*path, name), fields.get(name, inner), found or node)
    else:
        yield Leaf(value, path, shape, node)


def _merged(shapes: list[Shape]) -> Shape:
    if len(shapes) < 2:
        return shapes[0] if shapes else ANYTHING
    if any(not shape.choices for shape in shapes):
        return ANYTHING
    choices = dict.fromkeys(one for shape in shapes for one in shape.choices)
    return Shape(tuple(choices), any(shape.existing for shape in shapes))
