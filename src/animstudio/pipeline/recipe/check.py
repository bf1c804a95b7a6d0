"""Whether a stage's config is what its type takes: names, types, ranges, references, paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from animstudio.kernel.spec import FUNCTION
from animstudio.pipeline.recipe import nodes
from animstudio.pipeline.recipe.drafts import Draft
from animstudio.pipeline.recipe.functions import Functions
from animstudio.pipeline.recipe.leaves import Leaf, leaves
from animstudio.pipeline.recipe.model import MATRIX, Reference, Text
from animstudio.pipeline.recipe.nodes import Node
from animstudio.pipeline.recipe.params import Params
from animstudio.pipeline.recipe.paths import check_path, is_path
from animstudio.pipeline.recipe.problems import Findings
from animstudio.pipeline.recipe.pydantic_words import Checked, dotted, shown, translate
from animstudio.pipeline.recipe.references import Outputs, place_of
from animstudio.pipeline.recipe.shapes import (
    Many,
    Named,
    Shape,
    fields_of,
    fits,
    has_path,
    in_words,
    takes_text,
)
from animstudio.pipeline.recipe.template import references_in
from animstudio.pipeline.recipe.types import StageType

_SIMPLE = frozenset((str, int, float, type(None)))


@dataclass(frozen=True, slots=True)
class Options:
    """A stage type's options, looked at once for all its stages."""

    model: type[BaseModel]
    fields: Mapping[str, Shape]
    paths: frozenset[str]
    functions: frozenset[str]

    @classmethod
    def of(cls, kind: StageType) -> Options:
        """Return the options of a stage type."""
        spec = kind.load_spec()
        fields = fields_of(spec)
        functions = (f.alias or n for n, f in spec.model_fields.items() if FUNCTION in f.metadata)
        paths = (name for name, shape in fields.items() if has_path(shape))
        return cls(spec, fields, frozenset(paths), frozenset(functions))


@dataclass(frozen=True, slots=True)
class Checker:
    """What is needed to check any stage of one recipe."""

    outputs: Outputs
    folder: Path
    params: Params
    findings: Findings
    functions: Functions

    def check(self, draft: Draft, options: Options) -> None:
        """Note everything that is wrong with a stage's config."""
        node = draft.node.get("config")
        if node is not None and not isinstance(node, nodes.Mapping) and not draft.config:
            if not (isinstance(node, nodes.Scalar) and node.value is None):
                return  # no map at all, which is noted already
            node = None
        referring = bool(draft.references)
        for name in options.functions & draft.config.keys():
            written = node.get(name) if isinstance(node, nodes.Mapping) else None
            self.functions.check(draft.config[name], draft.subject, written or draft.place)
        for name, value in list(draft.config.items()):
            shape = options.fields.get(name)
            if shape is None or (type(value) in _SIMPLE and name not in options.paths):
                continue
            inner = node.get(name) if isinstance(node, nodes.Mapping) else None
            for leaf in list(leaves(value, (name,), shape, inner or draft.node)):
                self._leaf(draft, leaf)
        place = draft.node.key("config") or draft.place
        written = node if isinstance(node, nodes.Mapping) else None
        checked = Checked(draft.subject, options.model, draft.config, written, place)
        self._validate(checked, referring)

    def _validate(self, checked: Checked, referring: bool) -> None:
        try:
            checked.model.model_validate(checked.value)
        except ValidationError as error:
            translate(error, checked, self.findings)
        except Exception:
            # A type's own validator met a reference where it expected a value. With the value
            # it is asked again before the stage runs.
            if not referring:
                raise

    def _leaf(self, draft: Draft, leaf: Leaf) -> None:
        value = leaf.value
        if isinstance(value, bool):
            self._no_number(draft, leaf)
        elif isinstance(value, Reference):
            made = self.outputs.shape(value, draft)
            if made and not fits(made, leaf.shape):
                self._misfit(draft, leaf, made)
        elif isinstance(value, Text):
            self._text(draft, leaf, value)
        if is_path(leaf.shape) and isinstance(value, str | Reference | Text):
            for path in self._paths(draft, leaf):
                check_path(path, draft.subject, self.folder, self.params, self.findings)
            if isinstance(value, Text):
                self._head(draft, leaf, value)
                _put(draft.config, leaf.path, Text(value.parts, is_path=True))

    def _no_number(self, draft: Draft, leaf: Leaf) -> None:
        """Refuse true for a number, which pydantic takes for 1."""
        kinds = leaf.shape.choices
        if kinds and bool not in kinds and (int in kinds or float in kinds):
            takes = in_words(leaf.shape)
            message = f"{draft.subject}: {dotted(leaf.path)} takes {takes}, not {shown(leaf.value)}"
            self.findings.add("type", message, leaf.node)

    def _misfit(self, draft: Draft, leaf: Leaf, made: Shape) -> None:
        hint = None
        if any(fits(made, o.item) for o in leaf.shape.choices if isinstance(o, Many)):
            hint = f'write ["{leaf.value}"] for a list of one'
        elif any(fits(one.item, leaf.shape) for one in made.choices if isinstance(one, Many)):
            hint = f'write foreach: "{leaf.value}" to do this stage for each of them'
        self.findings.add(
            "reference",
            f"{draft.subject}: {dotted(leaf.path)} takes {in_words(leaf.shape)}, "
            f"and '{leaf.value}' is {in_words(made)}",
            leaf.node,
            hint=hint,
        )

    def _text(self, draft: Draft, leaf: Leaf, text: Text) -> None:
        if not takes_text(leaf.shape):
            takes = in_words(leaf.shape)
            message = f"{draft.subject}: {dotted(leaf.path)} takes {takes}, not the text '{text}'"
            self.findings.add("type", message, leaf.node)
        for reference in references_in(text):
            made = self.outputs.shape(reference, draft)
            if made and made.choices and not any(map(_is_word, made.choices)):
                message = f"'{reference}' is {in_words(made)}, and cannot stand inside a text"
                self.findings.add("reference", message, place_of(reference, draft))

    def _head(self, draft: Draft, leaf: Leaf, text: Text) -> None:
        """Refuse a path that begins with a title or the like, which could lead anywhere."""
        first = text.parts[0]
        made = self.outputs.shape(first, draft) if isinstance(first, Reference) else None
        if made and made.choices and Path not in made.choices:
            message = (
                f"{draft.subject}: {dotted(leaf.path)} begins with '{first}', which is no path"
            )
            hint = f'write "./{text}" for one in the project'
            self.findings.add("reference", message, leaf.node, hint=hint)

    def _paths(self, draft: Draft, leaf: Leaf) -> Iterator[Leaf]:
        """Yield a path, or every path that the stage's own items and matrix make of it."""
        parts = leaf.value.parts if isinstance(leaf.value, Text) else (leaf.value,)
        first = parts[0]
        yield leaf
        if isinstance(first, Reference):
            for value, node in _bound_values(draft, first):
                if isinstance(value, str):
                    rest = parts[1:]
                    whole = Text((value, *rest)) if rest else value
                    yield Leaf(whole, leaf.path, leaf.shape, node or leaf.node)


def _bound_values(draft: Draft, reference: Reference) -> Iterator[tuple[object, Node | None]]:
    """Yield what a reference to an item or to the matrix stands for, where the recipe says it."""
    if reference.stage == MATRIX:
        for value in draft.matrix.get(reference.output, ()):
            yield value, draft.node.get("matrix")
    foreach = draft.foreach
    if foreach and foreach.items and reference.stage == foreach.name:
        for index, item in enumerate(foreach.items):
            one = draft.items
            node = one.items[index] if isinstance(one, nodes.Sequence) else one
            if reference.output and isinstance(item, dict):
                inner = node.get(reference.output) if isinstance(node, nodes.Mapping) else None
                yield item.get(reference.output), inner or node
            elif not reference.output:
                yield item, node


def _put(config: dict[str, Any], path: tuple[str | int, ...], value: object) -> None:
    """Set a leaf; what is above a text with references was built for this stage alone."""
    above: Any = config
    for part in path[:-1]:
        above = above[part]
    above[path[-1]] = value


def _is_word(one: type | Many | Named) -> bool:
    return isinstance(one, type) and not issubclass(one, BaseModel)
