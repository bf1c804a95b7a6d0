"""Pydantic's errors as sentences of the house, each at the key it is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from animstudio.kernel.errors import nearest
from animstudio.pipeline.recipe import nodes
from animstudio.pipeline.recipe.model import Reference, Text
from animstudio.pipeline.recipe.nodes import Node, Scalar, value_kind
from animstudio.pipeline.recipe.problems import Findings, Place, plural
from animstudio.pipeline.recipe.shapes import ANYTHING, Many, Named, Shape, fields_of, in_words

_TAKES = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "bool": "true or false",
    "string": "text",
    "path": "a path",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "dict": "a map",
    "model": "a map",
    "mapping": "a map",
}


MERGE = "<<"
NO_MERGING = "'<<' merges nothing in YAML 1.2"
INSTEAD_OF_MERGING = "write the keys out, or repeat a whole value with *name"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was validated: whose it is (``stage 'a'``), its model, its value, where it stands.

    key: where to point at when something is missing; `node` is None where nothing is written.
    """

    subject: str
    model: type[BaseModel]
    value: dict[str, Any]
    node: nodes.Mapping | None
    key: Place


@dataclass(frozen=True, slots=True)
class _Where:
    """Where an error is: the path that can be walked, and what stands at its end."""

    path: tuple[str | int, ...]
    value: object
    place: Place
    shape: Shape
    choices: tuple[str, ...]


def translate(error: ValidationError, checked: Checked, findings: Findings) -> None:
    """Note a validation's errors, but those at references: what comes there is not known yet."""
    by_path: dict[tuple[str | int, ...], list[tuple[ErrorDetails, _Where]]] = {}
    open_fields = set()
    for details in error.errors(include_url=False):
        where = _walk(details["loc"], details["type"], checked)
        if isinstance(where.value, Reference | Text):
            open_fields.add(details["loc"][:1])
        else:
            by_path.setdefault(where.path, []).append((details, where))
    for path, group in by_path.items():
        # Beside an open place, a union's other sides have failed too, and a rule that looks
        # at several fields has seen none of them.
        if path[:1] in open_fields or (not path and open_fields):
            group = [pair for pair in group if pair[0]["type"] in ("missing", "extra_forbidden")]
        if len(group) > 1 and not _several(group):
            _note_union(group[0][1], checked, findings)
        else:
            for details, where in group:
                _note(details, where, checked, findings)


def _several(group: list[tuple[ErrorDetails, _Where]]) -> bool:
    return all(details["type"] in ("missing", "extra_forbidden") for details, _ in group)


def _walk(loc: tuple[str | int, ...], kind: str, checked: Checked) -> _Where:
    """Follow an error's location through the value; names of a union's sides are left out."""
    value: Any = checked.value
    node: Node | None = checked.node
    place: Place = checked.key
    fields = fields_of(checked.model)
    shape, path = ANYTHING, []
    for part in loc:
        key: Place | None = None
        if isinstance(value, dict) and part in value:
            shape = fields.get(str(part), ANYTHING) if fields else _inner(shape)
            value = value[part]
            if isinstance(node, nodes.Mapping) and part in node.pairs:
                key, node = node.pairs[str(part)]
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            shape, value = _inner(shape), value[part]
            node = node.items[part] if isinstance(node, nodes.Sequence) else node
        else:
            continue
        path.append(part)
        fields = _fields(shape)
        # What is wrong with a value is shown at the value, an unknown name at the name.
        place = key if key and kind == "extra_forbidden" else (node or place)
    if kind == "missing" and not path:
        place = checked.key
    return _Where(tuple(path), value, place, shape, tuple(fields))


def _fields(shape: Shape) -> dict[str, Shape]:
    models = (o for o in shape.choices if isinstance(o, type) and issubclass(o, BaseModel))
    return {name: inner for model in models for name, inner in fields_of(model).items()}


def _inner(shape: Shape) -> Shape:
    for one in shape.choices:
        if isinstance(one, Many):
            return one.item
        if isinstance(one, Named):
            return one.value
    return ANYTHING


def dotted(path: tuple[str | int, ...]) -> str:
    """Return a path as ``pictures.sizes[2]``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def shown(value: object) -> str:
    """Return a value for a sentence: text in quotes, short, anything large by its kind."""
    if isinstance(value, str):
        return f"'{value if len(value) <= 60 else value[:57] + '...'}'"
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    return str(value)[:60] if isinstance(value, int | float) else value_kind(value)


def _note_union(where: _Where, checked: Checked, findings: Findings) -> None:
    takes = in_words(where.shape)
    message = f"{checked.subject}: {dotted(where.path)} takes {takes}, not {shown(where.value)}"
    findings.add("type", message, where.place)


def _note(details: ErrorDetails, where: _Where, checked: Checked, findings: Findings) -> None:
    kind, subject = details["type"], checked.subject
    name = dotted(where.path)
    if kind == "missing":
        missing = dotted((*where.path, details["loc"][-1]))
        findings.add("missing", f"{subject} needs '{missing}'", where.place)
        return
    if kind == "extra_forbidden":
        word = str(details["loc"][-1])
        if word == MERGE:
            findings.add("unknown-key", NO_MERGING, where.place, hint=INSTEAD_OF_MERGING)
            return
        around = _walk(details["loc"][:-1], "", checked).choices or tuple(fields_of(checked.model))
        near = nearest(word, around) or (f"; it takes {', '.join(around)}" if around else "")
        findings.add("unknown-key", f"{subject} has no '{name}'{near}", where.place)
        return
    if not name:  # a rule that looks at several options
        rule = details.get("ctx", {}).get("error") or details["msg"]
        findings.add("value", f"{subject}: {rule}", where.place)
        return
    sort, said = _sentence(details, where)
    findings.add(sort, f"{subject}: {name} {said}", where.place, hint=_hint(kind, where))


def _hint(kind: str, where: _Where) -> str | None:
    value = where.value
    if isinstance(value, int | float | bool) and kind in ("string_type", "path_type"):
        written = where.place.text if isinstance(where.place, Scalar) else str(value)
        return f'write "{written}"' if written and "$" not in written else None
    if isinstance(value, dict) and len(value) == 1 and next(iter(value.values())) is None:
        return f'a text that begins with a brace is quoted: "{{{next(iter(value))}}}"'
    return None


def _sentence(details: ErrorDetails, where: _Where) -> tuple[str, str]:
    """Return the kind of problem, and what comes after the field's name."""
    kind, context, value = details["type"], details.get("ctx", {}), where.value
    if kind in _RANGES:
        return "range", _RANGES[kind](context, shown(value))
    if kind in ("literal_error", "enum"):
        choices = (
            str(context.get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")
        )
        quoted = ", ".join(f"'{choice}'" for choice in choices)
        near = nearest(str(value), choices) if isinstance(value, str) else ""
        return "value", f"is one of {quoted}, not {shown(value)}{near}"
    if kind in ("value_error", "assertion_error"):
        return "value", f"is {shown(value)}: {context.get('error')}"
    if kind == "int_from_float":
        return "type", f"takes a whole number, not {shown(value)}"
    takes = _TAKES.get(kind.split("_")[0])
    if takes in ("a list", "a map") and where.shape.choices:
        takes = in_words(where.shape)
    if takes and kind.endswith(("_type", "_parsing", "_parsing_size", "_attributes_type")):
        return "type", f"takes {takes}, not {shown(value)}"
    said = details["msg"]
    return "value", f"is {shown(value)}: {said[:1].lower()}{said[1:]}"


def _length(word: str) -> Callable[[dict[str, Any], str], str]:
    def sentence(context: dict[str, Any], _: str) -> str:
        if "min_length" in context:
            return f"has at least {plural(context['min_length'], word)}"
        return f"has at most {plural(context['max_length'], word)}"

    return sentence


def _plain(bound: object) -> str:
    return str(bound).removesuffix(".0")


_RANGES: dict[str, Callable[[dict[str, Any], str], str]] = {
    "greater_than": lambda c, v: f"is {v}, and must be more than {_plain(c['gt'])}",
    "greater_than_equal": lambda c, v: f"is {v}, and must be at least {_plain(c['ge'])}",
    "less_than": lambda c, v: f"is {v}, and must be less than {_plain(c['lt'])}",
    "less_than_equal": lambda c, v: f"is {v}, and must be at most {_plain(c['le'])}",
    "multiple_of": lambda c, v: f"is {v}, and must be a multiple of {_plain(c['multiple_of'])}",
    "finite_number": lambda c, v: f"is {v}, and must be finite",
    "string_too_short": _length("character"),
    "string_too_long": _length("character"),
    "too_short": _length("value"),
    "too_long": _length("value"),
    "string_pattern_mismatch": lambda c, v: f"is {v}, and must look like {c['pattern']}",
}
