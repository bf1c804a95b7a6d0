"""The JSON Schema: right recipes pass, wrong ones do not, by a validator small enough to read."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from animstudio.pipeline.recipe.schema import DIALECT, recipe_schema
from tests.unit.pipeline.recipe.stage_types import TYPES

KINDS = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list,
    "object": dict, "null": type(None),
}  # fmt: skip
KNOWN = {
    "$ref", "$schema", "$defs", "title", "description", "default", "type", "enum", "const",
    "anyOf", "oneOf", "allOf", "if", "then", "properties", "patternProperties", "required",
    "additionalProperties", "items", "minItems", "minProperties", "maxProperties", "pattern",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "format",
}  # fmt: skip


def passes(value: Any, schema: Any, root: Any) -> bool:
    """Say whether a value passes a schema of the keywords above (draft 2020-12)."""
    if isinstance(schema, bool):
        return schema
    assert schema.keys() <= KNOWN, schema.keys() - KNOWN
    if "$ref" in schema:
        target = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        if not passes(value, target, root):
            return False
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(of_kind(value, kind) for kind in kinds):
        return False
    if "const" in schema and value != schema["const"]:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    meant = "if" in schema and passes(value, schema["if"], root)
    if meant and not passes(value, schema["then"], root):
        return False
    for key, combine in (("anyOf", any), ("allOf", all), ("oneOf", lambda found: sum(found) == 1)):
        if key in schema and not combine([passes(value, one, root) for one in schema[key]]):
            return False
    return inside(value, schema, root)


def of_kind(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, KINDS[kind])


def inside(value: Any, schema: Any, root: Any) -> bool:
    if isinstance(value, dict):
        named = schema.get("properties", {})
        patterns = schema.get("patternProperties", {})
        if not all(name in value for name in schema.get("required", [])):
            return False
        if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", 1e9):
            return False
        for name, one in value.items():
            found = [named[name]] if name in named else []
            found += [inner for pattern, inner in patterns.items() if re.search(pattern, name)]
            rules = found or [schema.get("additionalProperties", True)]
            if not all(passes(one, rule, root) for rule in rules):
                return False
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            return False
        return all(passes(one, schema.get("items", True), root) for one in value)
    if isinstance(value, str):
        return bool(re.search(schema.get("pattern", ""), value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (
            schema.get("minimum", value) <= value <= schema.get("maximum", value)
            and ("exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"])
            and ("exclusiveMaximum" not in schema or value < schema["exclusiveMaximum"])
        )
    return True


def recipe(stage: str) -> Any:
    return yaml.safe_load(f"pipeline: p\nversion: 1\nx-mine: 1\nstages:\n  - {stage}\n")


@pytest.mark.parametrize(
    "stage",
    [
        "{id: a, type: cut, config: {film: x, mode: hybrid, per_scene: 5, scales: {sizes: [1]}}}",
        '{id: a, type: cut, config: {film: {b.c}, per_scene: "${n}", mode: {b.c}, crop: "${d}"}}',
        '{id: a, type: cut, config: {film: x, scales: {sizes: ["{b.c}", 2]}}}',
        '{id: a, type: join, config: {folders: "{b.c}", size: auto, words: {a: "${b}"}}}',
        '{id: a, type: cut, foreach: {in: "x/*", as: f}, matrix: {a: [1]}, when: "${x}"}',
        "{id: a, type: cut, foreach: {b.c}, needs: {ram: 7G, cpus: 2}, timeout: 5m, retries: 2}",
        '{id: a, type: cut, depends_on: b, on_failure: stop, temp: "${t}"}',
        "{id: a, type: cut, depends_on: [b, c], timeout: 5, when: true, foreach: [1, 2]}",
    ],
)
def test_what_passes(stage: str) -> None:
    schema = recipe_schema(TYPES)
    assert passes(recipe(stage), schema, schema)


@pytest.mark.parametrize(
    "stage",
    [
        "{id: a}", "{type: cut}", "{id: 1a, type: cut}", "{id: a, type: cutt}",
        "{id: a, type: cut, confg: {}}", "{id: a, type: cut, config: {}}",
        "{id: a, type: cut, config: {film: x, titel: y}}",
        "{id: a, type: cut, config: {film: x, mode: hybird}}",
        "{id: a, type: cut, config: {film: x, per_scene: 0}}",
        "{id: a, type: cut, config: {film: x, per_scene: three}}",
        "{id: a, type: cut, config: {film: x, scales: {sizes: [x]}}}",
        "{id: a, type: join, config: {film: x}}", "{id: a, type: cut, retries: -1}",
        "{id: a, type: cut, on_failure: never}", "{id: a, type: cut, needs: {gpu: 1}}",
        "{id: a, type: cut, foreach: {over: x}}", "{id: a, type: cut, matrix: [1]}",
    ],
)  # fmt: skip
def test_what_does_not_pass(stage: str) -> None:
    schema = recipe_schema(TYPES)
    assert not passes(recipe(stage), schema, schema)


def test_help_is_the_specs_own() -> None:
    schema = recipe_schema(TYPES)
    options = schema["$defs"]["config.cut"]["properties"]
    assert schema["$schema"] == DIALECT
    assert options["mode"]["description"] == "Which frames."
    assert options["per_scene"]["default"] == 3
    assert schema["$defs"]["stage"]["properties"]["type"]["oneOf"][0] == {
        "const": "cut", "description": "Cuts a film."
    }  # fmt: skip
