"""Recipes that come with the studio: ``recipes/`` in a checkout, and in an installed package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import animstudio


def builtin_recipes() -> Mapping[str, Path]:
    """Return the recipes that come with the studio, by name."""
    package = Path(animstudio.__file__).parent
    for folder in (package / "recipes", package.parents[1] / "recipes"):
        if folder.is_dir():
            return {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    return {}


def find_recipe(name: Path) -> Path:
    """Return the recipe that is meant: the file of this name, else the built-in one."""
    if name.is_file() or name.parent != Path() or name.suffix:
        return name
    return builtin_recipes().get(str(name), name)
