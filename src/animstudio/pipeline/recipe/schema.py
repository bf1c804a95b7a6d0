"""The JSON Schema of recipes, for editors: what can be written, and what it means.

It says less than `load_recipe`: names of stages, types of outputs and files are not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from animstudio.kernel.work import Resources
from animstudio.pipeline.recipe.load import VERSION
from animstudio.pipeline.recipe.stages import ID
from animstudio.pipeline.recipe.terms import Terms
from animstudio.pipeline.recipe.types import StageType

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TEMPLATE: Schema = {
    "description": "A value with ${parameter} or {stage.output} in it.",
    "anyOf": [
        {"type": "string", "pattern": r"\{"},
        # {stage.output} without quotes, which YAML reads as a map
        {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": {"type": "null"},
        },
    ],
}
_OR_TEMPLATE: Schema = {"$ref": "#/$defs/template"}
_BELOW = ("items", "additionalProperties")
_BESIDE = ("anyOf", "oneOf", "allOf", "prefixItems")


def recipe_schema(stage_types: Mapping[str, StageType]) -> Schema:
    """Return the JSON Schema (draft 2020-12) of recipes made of these stage types."""
    stage_types = {name: kind for name, kind in stage_types.items() if kind.in_recipes}
    definitions: Schema = {"template": _TEMPLATE}
    rules = []
    for name, kind in sorted(stage_types.items()):
        definitions[f"config.{name}"] = _options(kind.load_spec(), f"{name}.", definitions)
        rules.append(
            {
                "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
                "then": {"properties": {"config": {"$ref": f"#/$defs/config.{name}"}}},
            }
        )
    definitions["stage"] = _stage(stage_types, rules, definitions)
    return {
        "$schema": DIALECT,
        "title": "Animation AI Studio recipe",
        "type": "object",
        "required": ["pipeline", "stages"],
        "properties": {
            "pipeline": {"type": "string", "description": "The recipe's name."},
            "version": {"const": VERSION, "description": "The version of the recipe's language."},
            "description": {"type": "string"},
            "params": {"type": "object", "description": "Values for ${name}; --set changes them."},
            "stages": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/stage"}},
        },
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
        "$defs": definitions,
    }


def _stage(
    stage_types: Mapping[str, StageType], rules: list[Schema], definitions: Schema
) -> Schema:
    types = [
        {"const": name, "description": kind.summary} for name, kind in sorted(stage_types.items())
    ]
    names = {"type": "array", "items": {"type": "string"}}
    terms = _options(Terms, "terms.", definitions)["properties"]
    return {
        "type": "object",
        "required": ["id", "type"],
        "properties": {
            "id": {"type": "string", "pattern": f"^{ID.pattern}$"},
            "type": {"oneOf": types},
            "config": {"type": "object"},
            "depends_on": {"anyOf": [{"type": "string"}, names]},
            "foreach": _foreach(),
            "matrix": {"type": "object", "additionalProperties": {"type": ["array", "string"]}},
            "when": {"type": ["string", "boolean", "object"]},
            "needs": _options(Resources, "needs.", definitions),
            "description": {"type": "string"},
            **terms,
        },
        "additionalProperties": False,
        "allOf": rules,
    }


def _foreach() -> Schema:
    over: Schema = {"anyOf": [{"type": "array", "minItems": 1}, {"type": "string"}, _OR_TEMPLATE]}
    named: Schema = {
        "type": "object",
        "required": ["in"],
        "properties": {"in": over, "as": {"type": "string"}},
        "additionalProperties": False,
    }
    return {"anyOf": [*over["anyOf"], named]}


def _options(model: type[BaseModel], prefix: str, definitions: Schema) -> Schema:
    """Return a model's schema with templates allowed anywhere, its definitions under a prefix."""
    schema = model.model_json_schema()
    for name, inner in schema.pop("$defs", {}).items():
        definitions[prefix + name] = _loosened(inner, prefix)
    return _loosened(schema, prefix)


def _loosened(schema: Schema, prefix: str) -> Schema:
    found = dict(schema)
    if reference := found.get("$ref"):
        found["$ref"] = reference.replace("#/$defs/", f"#/$defs/{prefix}")
    for key in _BESIDE:
        if key in found:
            found[key] = [_loosened(inner, prefix) for inner in found[key]]
    for key in _BELOW:
        if isinstance(found.get(key), dict):
            found[key] = _or_template(found[key], prefix)
    if "properties" in found:
        found["properties"] = {
            name: _or_template(inner, prefix) for name, inner in found["properties"].items()
        }
    return found


def _or_template(schema: Schema, prefix: str) -> Schema:
    said = {key: schema[key] for key in ("title", "description", "default") if key in schema}
    return said | {"anyOf": [_loosened(schema, prefix), _OR_TEMPLATE]}
