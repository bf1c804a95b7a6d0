"""Pictures that are much longer than wide: strips of comics, borders, broken headers."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from animstudio.dataset.inspect.inspect import inspect_dataset
from animstudio.dataset.inspect.look import see
from animstudio.dataset.prepare import prepare_dataset
from animstudio.dataset.spec import PrepareSpec
from tests.unit.dataset.drawn import drawing, folder_of


@pytest.mark.parametrize("size", [(3000, 16), (16, 3000), (2400, 20), (16, 16), (17, 900)])
def test_strips_are_inspected(tmp_path: Path, size: tuple[int, int]) -> None:
    """Reduced to be measured, such a strip is a few pixels wide, and all of it is border."""
    drawing(1, (900, 900)).resize(size).save(tmp_path / "strip.png")
    assert not see(tmp_path / "strip.png").fault
    assert inspect_dataset(tmp_path).pictures == 1


def test_a_strip_is_left_out_before_a_crop_is_made_around_it(tmp_path: Path) -> None:
    """One of 16 by 200,000 pixels would have a crop of 90 gigabytes."""
    folder = folder_of(tmp_path / "luca", 1)
    Image.new("RGB", (200_000, 16), "red").save(folder / "strip.png")
    Image.new("RGB", (16, 9_000), "red").save(folder / "page.png")
    (tmp_path / "new").mkdir()
    spec = PrepareSpec(cluster_dirs=[folder], target_size=256, keep=["page"])
    found = prepare_dataset(spec, tmp_path / "new", base=tmp_path / "set")
    assert {one.name: one.reason for one in found.rejected} == {"strip": "thin", "page": "thin"}
