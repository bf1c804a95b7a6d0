"""A recipe looked at: ``animstudio pipeline validate``, ``graph`` and ``schema``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from animstudio.catalog import stages
from animstudio.cli.pipeline_recipe import (
    Asked,
    Checkpoints,
    Output,
    Params,
    Sets,
    output_folder,
    read,
)
from animstudio.cli.switches import Json
from animstudio.cli.tables import write_json
from animstudio.pipeline.recipe.problems import InvalidRecipe


def validate(config: Path, *, sets: Sets = [], params: Params = None, as_json: Json = False) -> int:  # noqa: B006
    """Check a recipe, and say everything that is wrong with it, each with its line.

    Relative paths count from the working folder.

    For example:

        animstudio pipeline validate recipe.yaml
        animstudio pipeline validate --config recipe.yaml --set film=coco

    Parameters
    ----------
    config
        The recipe, a YAML file.
    """
    try:
        recipe = read(Asked(config, sets, params))
    except InvalidRecipe as invalid:
        if as_json:
            write_json({"valid": False, "problems": invalid.records()})
        raise
    if as_json:
        write_json({"valid": True, "pipeline": recipe.name, "stages": len(recipe.stages)})
    else:
        count = len(recipe.stages)
        sys.stdout.write(f"{config}: {count} stage{'' if count == 1 else 's'}, nothing wrong\n")
    return 0


def graph(
    config: Path,
    *,
    format: Literal["mermaid", "dot", "svg"] = "mermaid",
    sets: Sets = [],  # noqa: B006
    params: Params = None,
    output: Output = None,
    checkpoint_dir: Checkpoints = None,
) -> None:
    """Write which stage needs which: for Mermaid, for Graphviz, or as a picture.

    A picture shows what became of every stage in the latest run, if there was one.

    For example:

        animstudio pipeline graph recipe.yaml --format svg > recipe.svg
        animstudio pipeline graph recipe.yaml --format dot | dot -Tpdf > recipe.pdf

    Parameters
    ----------
    config
        The recipe, a YAML file.
    format
        In which language.
    """
    from animstudio.pipeline.drawing import dot, mermaid

    recipe = read(Asked(config, sets, params))
    if format == "svg":
        from animstudio.pipeline.graph_svg import graph_svg
        from animstudio.pipeline.past import account_of, latest_in

        run = latest_in(checkpoint_dir or output_folder(recipe, output))
        accounts = account_of(run).stages if run else None
        sys.stdout.write(graph_svg(recipe.name, recipe.stages, accounts) + "\n")
        return
    sys.stdout.write(mermaid(recipe) if format == "mermaid" else dot(recipe))


def schema() -> None:
    """Write the JSON Schema of recipes, by which an editor completes and checks them.

    It knows every stage type that is installed here, also those of other packages.

    For example:

        animstudio pipeline schema > recipe.schema.json
    """
    from animstudio.pipeline.recipe.schema import recipe_schema

    write_json(recipe_schema(stages()))
