"""Stages that go on with every item of another as it stands, and how others see them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from animstudio.pipeline.recipe.load import load_recipe
from animstudio.pipeline.recipe.problems import InvalidRecipe
from animstudio.pipeline.recipe.schema import recipe_schema
from tests.unit.pipeline.recipe.stage_types import TYPES, Kind

CUT = TYPES["cut"]
assert isinstance(CUT, Kind)
FALLING = {**TYPES, "cut": replace(CUT, has_items=True), "later": replace(CUT, in_recipes=False)}
FLOW = """pipeline: p
stages:
  - {id: cut, type: cut, config: {film: videos}}
  - {id: one, type: cut, foreach: "{cut}", config: {film: "{item.folder}", title: "{item.name}"}}
"""


def problems(project: Path, more: str, text: str = FLOW) -> list[str]:
    (project / "r.yaml").write_text(text + more)
    try:
        load_recipe("r.yaml", stage_types=FALLING)
    except InvalidRecipe as invalid:
        return [problem.message for problem in invalid.problems]
    return []


@pytest.mark.parametrize(
    "stage",
    [
        # Both flow from the same items: one folder. To all others it is a list of folders.
        '{id: x, type: cut, foreach: "{cut}", config: {film: "{one.folder}"}}',
        '{id: x, type: join, config: {folders: "{one.folder}"}}',
        '{id: x, type: cut, foreach: "{one}", config: {film: "{item.folder}"}}',
        '{id: x, type: join, foreach: {in: "{one}", as: f}, config: {folders: "{f.outputs}"}}',
    ],
)
def test_what_fits(project: Path, stage: str) -> None:
    assert problems(project, f"  - {stage}\n") == []


def test_what_does_not(project: Path) -> None:
    (said,) = problems(project, '  - {id: x, type: cut, config: {film: "{one.folder}"}}\n')
    assert said.startswith("stage 'x': film takes a path, and '{one.folder}' is a list")
    flow = '  - {id: x, type: cut, foreach: "{cut}", config: {film: "{item.foldr}"}}\n'
    (said,) = problems(project, flow)
    assert said.endswith("an item of {cut} makes no 'foldr'; did you mean 'folder'?")
    (said,) = problems(project, "  - {id: x, type: later, config: {film: videos}}\n")
    assert said == "stage 'x': 'later' cannot stand in a recipe yet"


def test_what_cannot_run_is_not_in_the_schema() -> None:
    assert "config.later" not in recipe_schema(FALLING)["$defs"]
