"""Whether the weights that a stage's models need are here: told before the night, not in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from animstudio.kernel.errors import AskedWrongly
from animstudio.pipeline.recipe import nodes
from animstudio.pipeline.recipe.drafts import Draft
from animstudio.pipeline.recipe.nodes import Node
from animstudio.pipeline.recipe.paths import anchor
from animstudio.pipeline.recipe.problems import Findings
from animstudio.pipeline.recipe.template import references_in
from animstudio.pipeline.recipe.types import StageType


def check_weights(draft: Draft, kind: StageType, folder: Path, findings: Findings) -> None:
    """Note the models of a stage whose weights are not here.

    Only what the recipe says itself is looked at: an option that another stage decides is known
    when that is done.
    """
    find = kind.load_models()
    if find is None:
        return
    options = kind.load_spec()
    try:
        spec = _partly(options, anchor(dict(_said(draft.config)), options, folder))
    except ValidationError:
        return  # which is noted already
    try:
        find(spec)
    except AskedWrongly as error:
        place = _place(draft, error.message)
        findings.add("model", f"{draft.subject}: {error.message}", place, hint=error.hint)


def _said(config: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield the options that hang on no other stage, item or combination."""
    for name, value in config.items():
        if not references_in(value):
            yield name, value


def _partly(options: type[BaseModel], said: Mapping[str, Any]) -> Any:
    """Return a stage's options of which some are not known yet. Raises ValidationError."""
    found = {}
    for name, value in said.items():
        if field := options.model_fields.get(name):
            kind: Any = Annotated[(field.annotation, name, *field.metadata)]
            found[name] = TypeAdapter(kind).validate_python(value)
    return options.model_construct(**found)


def _place(draft: Draft, message: str) -> Node:
    """Return the option that names the model, or else the stage."""
    config = draft.node.get("config")
    if isinstance(config, nodes.Mapping):
        for _, value in config.pairs.values():
            words = value.text.split("+") if isinstance(value, nodes.Scalar) else []
            if any(word and f"'{word}'" in message for word in words):
                return value
    return draft.place
