"""The recipes that come with the studio, against stage types with the options they use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel

from animstudio.kernel.spec import EXISTING, Spec
from animstudio.pipeline.recipe.load import load_recipe
from animstudio.pipeline.recipe.schema import recipe_schema
from tests.unit.pipeline.recipe.stage_types import Kind
from tests.unit.pipeline.recipe.test_schema import passes

RECIPES = Path(__file__).parents[4] / "recipes"


class Extraction(Spec):
    """Options of frame_extraction."""

    input_dir: Annotated[Path, EXISTING]
    """Films."""
    output_dir: Path
    """Frames."""
    mode: Literal["scene", "interval", "hybrid"] = "scene"
    """Which frames."""
    scene_threshold: float = 27.0
    """When a scene ends."""
    frames_per_scene: int = 3
    """How many."""


class Extracted(BaseModel):
    """What frame_extraction leaves."""

    output_dir: Path


class Segmentation(Spec):
    """Options of segmentation."""

    frames_dir: Path
    """Frames."""
    output_dir: Path
    """Characters."""
    model: str
    """Which model."""


class Segmented(BaseModel):
    """What segmentation leaves."""

    character_dir: Path


class Clustering(Spec):
    """Options of clustering."""

    instances_dir: Path
    """Characters."""
    output_dir: Path
    """One folder a character."""
    method: Literal["hdbscan"]
    """How."""


class Clustered(BaseModel):
    """What clustering leaves."""

    cluster_dirs: list[Path]


class Preparation(Spec):
    """Options of training_data_prep."""

    cluster_dirs: list[Path]
    """One folder a character."""
    output_dir: Path
    """Training data."""
    target_size: int
    """Pixels."""
    style: Literal["kohya"]
    """Whose layout."""


STAGES = {
    "frame_extraction": Kind("frame_extraction", "", Extraction, Extracted),
    "segmentation": Kind("segmentation", "", Segmentation, Segmented),
    "clustering": Kind("clustering", "", Clustering, Clustered),
    "training_data_prep": Kind("training_data_prep", "", Preparation, Clustered),
}


def test_the_full_pipeline(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    file = RECIPES / "luca_full_pipeline.yaml"
    recipe = load_recipe(file, stage_types=STAGES, folder=tmp_path, sets={"film": "coco"})
    waits = {stage.id: stage.depends_on for stage in recipe.stages}
    assert waits == {
        "extract": (), "segment": ("extract",), "cluster": ("segment",), "prepare": ("cluster",)
    }  # fmt: skip
    assert recipe.stages[0].config["output_dir"] == "./out/coco/frames"
    schema = recipe_schema(STAGES)
    assert passes(yaml.safe_load(file.read_text()), schema, schema)
