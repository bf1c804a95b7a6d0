"""What a field holds, as a small tree: enough to say whether an output fits an option.

A path is also text, as it is written; text is no path, since a title or a caption would then
pass for one. A whole number is a number. Of a union one side that fits is enough: which one
comes is known when it has come, and is checked again then.
"""

from __future__ import annotations

import types
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, PlainValidator, WrapValidator

from animstudio.kernel.spec import EXISTING


@dataclass(frozen=True, slots=True)
class Shape:
    """What may stand in a place: one of `choices`; anything where there is none.

    A choice is a class, a `Many` or a `Named`. `existing`: a path to something that is there.
    """

    choices: tuple[type | Many | Named, ...] = ()
    existing: bool = False


@dataclass(frozen=True, slots=True)
class Many:
    """A list of what `item` says."""

    item: Shape


@dataclass(frozen=True, slots=True)
class Named:
    """A map from text to what `value` says."""

    value: Shape


ANYTHING = Shape()


@cache
def fields_of(model: type[BaseModel]) -> Mapping[str, Shape]:
    """Return the shape of every field of a model, by the name it is written with."""
    found = {
        field.alias or name: shape_of(field.annotation, tuple(field.metadata))
        for name, field in model.model_fields.items()
    }
    for name, computed in model.model_computed_fields.items():
        found[name] = shape_of(computed.return_type)
    return found


def shape_of(annotation: Any, metadata: tuple[Any, ...] = ()) -> Shape:
    """Return the shape of an annotation; what is not known here may be anything."""
    existing = False
    for mark in metadata:
        existing |= mark is EXISTING or mark == EXISTING
        # What a validator takes before the type is looked at, only it knows.
        if isinstance(mark, BeforeValidator | PlainValidator | WrapValidator):
            return ANYTHING
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *marks = get_args(annotation)
        found = shape_of(inner, tuple(marks))
        return Shape(found.choices, existing or found.existing)
    if origin is Union or origin is types.UnionType:
        sides = [shape_of(side) for side in get_args(annotation)]
        if any(not side.choices for side in sides):
            return ANYTHING
        choices = tuple(dict.fromkeys(one for side in sides for one in side.choices))
        return Shape(choices, existing or any(side.existing for side in sides))
    if hasattr(annotation, "__value__"):  # type X = ...
        return shape_of(annotation.__value__, metadata)
    if hasattr(annotation, "__supertype__"):  # NewType
        return shape_of(annotation.__supertype__, metadata)
    return Shape(_choices(annotation, origin), existing)


def _choices(annotation: Any, origin: Any) -> tuple[type | Many | Named, ...]:
    if origin is Literal:
        return tuple(dict.fromkeys(type(value) for value in get_args(annotation)))
    if annotation is None:
        return (type(None),)
    whole = origin or annotation
    if not isinstance(whole, type) or whole in (object, Any):
        return ()
    arguments = get_args(annotation)
    if issubclass(whole, Mapping):
        return (Named(shape_of(arguments[1]) if len(arguments) == 2 else ANYTHING),)
    if issubclass(whole, Collection | Iterator) and not issubclass(whole, str | bytes | Enum):
        inner = [shape_of(one) for one in arguments if one is not ...]
        same = inner and all(one == inner[0] for one in inner)
        return (Many(inner[0] if same else ANYTHING),)
    if issubclass(whole, PurePath):
        return (Path,)
    return (whole,)


def fits(made: Shape, taken: Shape) -> bool:
    """Say whether what is made can stand where `taken` is asked for."""
    if not made.choices or not taken.choices:
        return True
    return any(_fits_one(one, other) for one in made.choices for other in taken.choices)


def _fits_one(made: type | Many | Named, taken: type | Many | Named) -> bool:
    if isinstance(made, Many):
        return isinstance(taken, Many) and fits(made.item, taken.item)
    if isinstance(made, Named):
        is_model = isinstance(taken, type) and issubclass(taken, BaseModel)
        return is_model or (isinstance(taken, Named) and fits(made.value, taken.value))
    if isinstance(taken, Many):
        return False
    if isinstance(taken, Named):
        return issubclass(made, BaseModel)
    if made is type(None) or taken is type(None):
        return made is taken
    if taken is float:
        return made in (int, float)
    if taken is int or made is bool:
        return made is taken
    if issubclass(taken, Enum):
        return made is taken or made is str
    return issubclass(made, taken) or (taken is str and (made is Path or issubclass(made, Enum)))


def takes_text(shape: Shape) -> bool:
    """Say whether a text can stand there that is put together from parts."""
    kinds = shape.choices
    return not kinds or any(
        isinstance(one, type) and (one in (str, Path) or issubclass(one, str | Enum))
        for one in kinds
    )


def has_path(shape: Shape) -> bool:
    """Say whether a path may stand there, or within."""
    for one in shape.choices:
        if one is Path:
            return True
        if isinstance(one, Many | Named):
            if has_path(one.item if isinstance(one, Many) else one.value):
                return True
        elif issubclass(one, BaseModel):
            return True  # looked into when there is a value, so that it may hold itself
    return False


_WORDS: dict[type, tuple[str, str]] = {
    str: ("text", "texts"),
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    bool: ("true or false", "true or false"),
    Path: ("a path", "paths"),
    type(None): ("nothing", "nothing"),
}


def in_words(shape: Shape, *, many: bool = False) -> str:
    """Return what a shape is: ``a path``, ``a list of paths``, ``text or nothing``."""
    if not shape.choices:
        return "anything"
    # "or nothing" helps nobody who gave something.
    kinds = [one for one in shape.choices if one is not type(None)] or list(shape.choices)
    return " or ".join(dict.fromkeys(_in_words(one, many) for one in kinds))


def _in_words(one: type | Many | Named, many: bool) -> str:
    if isinstance(one, Many):
        return f"{'lists' if many else 'a list'} of {in_words(one.item, many=True)}"
    if isinstance(one, Named):
        return f"{'maps' if many else 'a map'} of {in_words(one.value, many=True)}"
    if one in _WORDS:
        return _WORDS[one][many]
    if issubclass(one, Enum):
        return _WORDS[str][many]
    return f"{'maps' if many else 'a map'} ({one.__name__})"
