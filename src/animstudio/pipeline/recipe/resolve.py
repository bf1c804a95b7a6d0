"""References replaced by what their stages made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel

from animstudio.kernel.errors import WorkFailed
from animstudio.pipeline.recipe.model import Mark, Reference, Text, Value
from animstudio.pipeline.recipe.template import formatted

Made = Mapping[str, object]
Results = Mapping[str, Made | Sequence[Made]]
"""By stage, what it made by output; of a stage done for several, one such map each."""


def resolve(config: Mapping[str, Value], results: Results) -> dict[str, Any]:
    """Return a config with every reference replaced, in JSON values: a path becomes its text.

    A reference that is a whole value keeps its type; within a text it is formatted. An output
    of a stage done for several is the list of all of theirs.

    Raises WorkFailed, naming the place, for a result that is not there or that cannot stand in
    a text.
    """
    return {name: filled(value, results, {}) for name, value in config.items()}


def filled(
    value: Value, results: Results, bound: Mapping[str, object], *, only_bound: bool = False
) -> Value:
    """Return a value with its references replaced; `only_bound`: those to `bound` alone."""
    if isinstance(value, Reference):
        if only_bound and value.stage not in bound:
            return value
        return plain(look_up(value, results, bound))
    if isinstance(value, Text):
        return _text(value, results, bound, only_bound)
    if isinstance(value, Mapping):
        return {
            name: filled(one, results, bound, only_bound=only_bound) for name, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [filled(one, results, bound, only_bound=only_bound) for one in value]
    return value


def _text(
    text: Text, results: Results, bound: Mapping[str, object], only_bound: bool
) -> str | Text:
    parts: list[str | Reference] = []
    for part in text.parts:
        if isinstance(part, Reference) and not (only_bound and part.stage not in bound):
            try:
                parts.append(formatted(plain(look_up(part, results, bound))))
            except ValueError as error:
                message = f"{_at(part.mark)}: '{part}' is {error}, and cannot stand inside a text"
                raise WorkFailed(message) from error
        else:
            parts.append(part)
    if any(isinstance(part, Reference) for part in parts):
        return Text(tuple(parts), text.is_path)
    words = [str(part) for part in parts]
    # What a stage made may be a stranger's: a film's title, a name found in a picture.
    if text.is_path and ".." in "".join(words).split("/")[words[0].count("/") :]:
        raise WorkFailed(f"'{text}' leads to '{''.join(words)}', out of where it should be")
    return "".join(words)


def look_up(reference: Reference, results: Results, bound: Mapping[str, object]) -> object:
    """Return what a reference names. Raises WorkFailed for what is not there."""
    stage, output = reference.stage, reference.output
    if stage in bound:
        return _of(bound[stage], reference) if output else bound[stage]
    if stage not in results:
        raise WorkFailed(f"{_at(reference.mark)}: '{reference}': there is no result of '{stage}'")
    made = results[stage]
    if isinstance(made, Mapping | BaseModel):
        return _of(made, reference)
    return [_of(one, reference) for one in made]


def _of(made: object, reference: Reference) -> object:
    # A model's outputs are its fields, and nothing else that Python finds on it.
    if isinstance(made, BaseModel):
        known = type(made)
        names = known.model_fields.keys() | known.model_computed_fields.keys()
        if reference.output in names:
            return getattr(made, reference.output)
    elif isinstance(made, Mapping) and reference.output in made:
        return made[reference.output]
    raise WorkFailed(f"{_at(reference.mark)}: '{reference}': there is no '{reference.output}'")


def plain(value: object) -> Any:
    """Return a result as JSON values: paths as text, tuples and sets as lists, models as maps."""
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(one) for one in value), key=str)
    return value


def _at(mark: Mark) -> str:
    return f"{mark.file}:{mark.line}:{mark.column}"
