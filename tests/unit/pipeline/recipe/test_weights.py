"""Models whose weights are missing, told with the recipe."""

from __future__ import annotations

from pathlib import Path

import pytest

from animstudio.catalog import stages
from animstudio.models import registry
from animstudio.pipeline.recipe.load import load_recipe
from animstudio.pipeline.recipe.problems import InvalidRecipe

RECIPE = """\
pipeline: p
stages:
  - {id: extract, type: frame_extraction, config: {input_dir: films}}
  - id: segment
    type: segmentation
    config:
      frames_dir: "{extract.output_dir}"
      models_dir: weights
      model: sam2_hiera_tiny
      detector: grid
  - id: cluster
    type: clustering
    config:
      instances_dir: "{segment.character_dir}"
      models_dir: weights
      embedder: clip+dinov2
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("films", "weights/sam2_hiera_tiny", "weights/clip", "weights/dinov2"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "r.yaml").write_text(RECIPE)
    return tmp_path


FAMILIES = {"sam2_hiera_tiny": "sam2_video", "clip": "clip", "dinov2": "dinov2"}


def put(project: Path, *names: str) -> None:
    """Lay down weights without a tensor: enough for whoever does not compute with them."""
    for name in names:
        folder = project / "weights" / name
        (folder / "config.json").write_text(f'{{"model_type": "{FAMILIES[name]}"}}')
        (folder / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")


def problems() -> list[tuple[int, int, str]]:
    with pytest.raises(InvalidRecipe) as caught:
        load_recipe("r.yaml", stage_types=stages())
    return [(one["line"], one["column"], one["message"]) for one in caught.value.records()]


def test_weights_that_are_missing_are_told_where_they_are_named(project: Path) -> None:
    weights = project / "weights"
    assert problems() == [
        (9, 14, f"stage 'segment': no weights of 'sam2_hiera_tiny' in {weights}"),
        (16, 17, f"stage 'cluster': no weights of 'clip' in {weights}"),
    ]
    put(project, "sam2_hiera_tiny", "clip")
    assert problems() == [(16, 17, f"stage 'cluster': no weights of 'dinov2' in {weights}")]


def test_weights_are_read_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(project, "sam2_hiera_tiny", "clip", "dinov2")
    read: list[str] = []
    whole = registry.sha256
    monkeypatch.setattr(registry, "sha256", lambda path: read.append(path) or whole(path))
    for _ in range(2):
        load_recipe("r.yaml", stage_types=stages())
    assert len(read) == len(set(read)) == 6
    put(project, "clip")  # written anew
    load_recipe("r.yaml", stage_types=stages())
    assert len(read) == 8
