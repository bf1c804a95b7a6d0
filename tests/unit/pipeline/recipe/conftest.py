"""A project to read recipes in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from animstudio.pipeline.recipe.load import load_recipe
from animstudio.pipeline.recipe.model import Recipe
from tests.unit.pipeline.recipe.stage_types import TYPES

Load = Callable[..., Recipe]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one film, entered."""
    folder = tmp_path / "project"
    (folder / "videos").mkdir(parents=True)
    (folder / "videos" / "luca.mp4").touch()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def load(project: Path) -> Load:
    """Reads stages, with parameters above them if there are any."""

    def read(stages: str, params: str = "", **more: object) -> Recipe:
        text = f"pipeline: p\n{params}\nstages:\n{stages}\n"
        (project / "r.yaml").write_text(text)
        return load_recipe("r.yaml", stage_types=TYPES, **more)  # type: ignore[arg-type]

    return read
