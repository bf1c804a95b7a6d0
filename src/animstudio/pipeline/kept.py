"""The recipe of a run as it was then: ``recipe.json`` in the run's folder.

The file that it was read from may be another one tomorrow, and ``--set`` stands in no file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from animstudio.kernel.files import write_atomic
from animstudio.pipeline.recipe.model import Recipe, StageNode
from animstudio.pipeline.secrecy import Secrets, hidden_yaml

NAME = "recipe.json"


class KeptStage(BaseModel):
    """A stage of it; what a picture needs."""

    model_config = ConfigDict(frozen=True)

    id: str
    type: str
    depends_on: tuple[str, ...] = ()
    flows_from: str | None = None
    fans_out: bool = False


class KeptRecipe(BaseModel):
    """The recipe; `text` is the file's, `params` are its parameters with what ``--set`` said.

    What looks secret by its name is ``***`` in both (see `secrecy`).
    """

    model_config = ConfigDict(frozen=True)

    name: str
    source: str = ""
    params: Mapping[str, Any] = {}
    stages: tuple[KeptStage, ...] = ()
    text: str = ""


def kept(recipe: Recipe) -> KeptRecipe:
    """Return what is kept of a recipe."""
    secrets = Secrets.of(recipe)
    return KeptRecipe(
        name=recipe.name,
        source=str(recipe.source or ""),
        params=secrets.hide_in({name: _plain(value) for name, value in recipe.params.items()}),
        stages=tuple(_stage(node) for node in recipe.stages),
        text=secrets.hide(hidden_yaml(_text(recipe.source))),
    )


def keep_recipe(folder: Path, recipe: Recipe) -> None:
    """Write it into a run's folder."""
    write_atomic(folder / NAME, kept(recipe).model_dump_json(indent=1) + "\n")


def kept_recipe(folder: Path) -> KeptRecipe | None:
    """Return the recipe of a run; None where an earlier version kept none."""
    try:
        return KeptRecipe.model_validate_json((folder / NAME).read_bytes())
    except (OSError, ValidationError):
        return None


def _stage(node: StageNode) -> KeptStage:
    return KeptStage(id=node.id, type=node.type, depends_on=node.depends_on,
                     flows_from=node.flows_from, fans_out=node.fans_out)  # fmt: skip


def _plain(value: object) -> object:
    """Return a parameter as JSON can hold it."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _text(source: Path | None) -> str:
    try:
        return source.read_text(encoding="utf-8") if source else ""
    except (OSError, UnicodeDecodeError):
        return ""
