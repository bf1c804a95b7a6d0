"""A recipe as it is named on a command line: its file, its parameters, its output folder."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from animstudio.catalog import stages
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.machine import Machine
from animstudio.pipeline.builtin import find_recipe
from animstudio.pipeline.recipe.load import load_recipe
from animstudio.pipeline.recipe.model import Recipe
from animstudio.pipeline.recipe.resources import Capacity, capacity_of
from animstudio.pipeline.sweeps import no_sweeps

Sets = Annotated[
    list[str],
    Parameter(name="--set", negative="", help="A parameter of the recipe, as NAME=VALUE."),
]
Params = Annotated[Path | None, Parameter(help="A YAML file with parameters of the recipe.")]
Output = Annotated[
    Path | None,
    Parameter(
        help="The output folder of a recipe that has no parameter `output`; the working "
        "folder unless given."
    ),
]
Checkpoints = Annotated[
    Path | None,
    Parameter(help="Where the journal and the runs are kept; in the output folder unless given."),
]

OUTPUT = "output"
"""The parameter of a recipe that names its output folder."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A recipe's file, what ``--set`` said, and the file with parameters."""

    file: Path
    sets: Sequence[str]
    params: Path | None


def read(asked: Asked) -> Recipe:
    """Return the recipe; its relative paths count from the working folder."""
    folder = Path.cwd()
    with no_sweeps():
        recipe = load_recipe(
            find_recipe(asked.file),
            sets=_pairs(asked.sets),
            params_file=asked.params,
            stage_types=stages(),
            folder=folder,
            capacity=_capacity,
        )
        gc.freeze()  # it lives as long as the command does: no sweep need look through it
    return recipe


def output_folder(recipe: Recipe, given: Path | None) -> Path:
    """Return where results go: the recipe's `output`, else ``--output``, else the working folder.

    Raises AskedWrongly where both say it, since one of them would be passed over.
    """
    named = recipe.params.get(OUTPUT)
    if named is None:
        return (given or Path()).absolute()
    if given is not None:
        raise AskedWrongly(
            f"--output {given}: the recipe has a parameter '{OUTPUT}', which says it already",
            hint=f"--set {OUTPUT}={given}",
        )
    if not isinstance(named, str):
        raise AskedWrongly(f"params: {OUTPUT} names a folder, and {named!r} is none")
    return Path(named).absolute()


def _capacity() -> Capacity:
    """Return what this machine has; its cards are looked at only when a stage has needs."""
    from animstudio.cli.cards import look

    return capacity_of(Machine(), Path.cwd(), look()())


def _pairs(words: Sequence[str]) -> dict[str, str]:
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise AskedWrongly(f"--set {word}: give it as NAME=VALUE, for example film=coco")
        found[name] = value
    return found
