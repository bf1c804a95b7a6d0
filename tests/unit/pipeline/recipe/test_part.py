"""Parts of recipes, and those that come with the studio."""

from __future__ import annotations

from pathlib import Path

import pytest

from animstudio.catalog import stages
from animstudio.kernel.errors import AskedWrongly
from animstudio.pipeline.builtin import builtin_recipes, find_recipe
from animstudio.pipeline.recipe.load import load_recipe
from animstudio.pipeline.recipe.model import Recipe
from animstudio.pipeline.recipe.part import part_of


@pytest.fixture
def cpu(tmp_path: Path) -> Recipe:
    path = builtin_recipes()["cpu"]
    values = {"input": str(tmp_path), "frames": {"per_scene": 2}}
    return load_recipe(path, values=values, stage_types=stages(), folder=tmp_path)


def test_values_of_a_program_are_as_good_as_typed(cpu: Recipe, tmp_path: Path) -> None:
    assert cpu.params["frames"] == {"per_scene": 2}
    nodes = {node.id: node for node in cpu.stages}
    assert nodes["films"].config["input"] == str(tmp_path)
    assert nodes["frames"].config["frames"] == {"per_scene": 2}


def test_a_part_waits_for_nothing_that_is_left_out(cpu: Recipe) -> None:
    part = part_of(cpu, {"films", "measures", "scenes", "report"})
    assert [node.id for node in part.stages] == ["films", "measures", "scenes", "report"]
    assert part.stages[-1].depends_on == ("films", "measures", "scenes")


def test_a_part_has_what_it_needs(cpu: Recipe) -> None:
    with pytest.raises(AskedWrongly, match="'scenes' needs what 'measures' makes"):
        part_of(cpu, {"films", "scenes"})
    with pytest.raises(AskedWrongly, match="did you mean 'scenes'"):
        part_of(cpu, {"scene"})


def test_a_recipe_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_recipe(Path("cpu")) == builtin_recipes()["cpu"]
    assert find_recipe(Path("cpu.yaml")) == Path("cpu.yaml")
    Path("cpu").write_text("pipeline: mine")
    assert find_recipe(Path("cpu")) == Path("cpu")
    assert find_recipe(Path("nothing")) == Path("nothing")
