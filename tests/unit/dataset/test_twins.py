"""Which pictures are twins: other tellings of one, and not other poses before one ground."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance

from animstudio.dataset.inspect.inspect import inspect_dataset
from animstudio.dataset.inspect.looking import look_at_all
from animstudio.dataset.inspect.twins import is_held_out, twin_groups
from animstudio.dataset.spec import InspectSpec
from tests.unit.dataset.drawn import drawing

SIZE = (640, 576)


def saved(picture: Image.Image, quality: int) -> Image.Image:
    content = BytesIO()
    picture.save(content, "jpeg", quality=quality)
    return Image.open(content)


def posed(turn: int) -> Image.Image:
    picture = drawing(7, SIZE)
    pen = ImageDraw.Draw(picture)
    x = 200 + 90 * turn
    pen.rectangle((x, 180, x + 130, 480), (200, 60, 40), "black", 3)
    pen.ellipse((x + 10, 80, x + 120, 190), (240, 210, 180), "black", 3)
    return picture


def groups_of(folder: Path, *, looks_only: bool = False) -> list[list[str]]:
    paths = sorted(folder.iterdir())
    _, near = twin_groups(look_at_all(paths, 1, looks_only=looks_only), InspectSpec())
    return [[paths[n].stem for n in group] for group in near]


@pytest.mark.parametrize("looks_only", [False, True])
def test_other_tellings_are_twins(tmp_path: Path, looks_only: bool) -> None:
    one = drawing(1, SIZE)
    one.save(tmp_path / "a.png")
    saved(one, 40).save(tmp_path / "b.jpg", quality=60)
    one.resize((320, 288)).save(tmp_path / "c.png")
    one.crop((12, 10, 630, 565)).save(tmp_path / "d.png")
    ImageEnhance.Brightness(one).enhance(0.8).save(tmp_path / "e.png")
    drawing(2, SIZE).save(tmp_path / "other.png")
    assert groups_of(tmp_path, looks_only=looks_only) == [["a", "b", "c", "d", "e"]]


def test_other_poses_before_one_ground_are_none(tmp_path: Path) -> None:
    for turn in range(4):
        posed(turn).save(tmp_path / f"p{turn}.png")
    assert groups_of(tmp_path) == []


def test_flat_pictures_are_like_nothing(tmp_path: Path) -> None:
    for level in (60, 90, 120):
        Image.new("RGB", SIZE, (level, level, level)).save(tmp_path / f"{level}.png")
    assert groups_of(tmp_path) == []


def test_a_twin_kept_aside_to_validate_with_is_named(tmp_path: Path) -> None:
    for split, first in (("train", 0), ("validation", 20)):
        (tmp_path / split).mkdir()
        for number in range(10):
            drawing(first + number, SIZE).save(tmp_path / split / f"p{first + number}.png")
    drawing(3, SIZE).resize((512, 512)).save(tmp_path / "validation" / "p99.png")
    found = {one.rule: one for one in inspect_dataset(tmp_path).findings}
    assert found["twins_leak"].files == ("validation/p99.png",)
    assert found["twins_leak"].details == ("like train/p3.png",)
    assert is_held_out("a/Test/x.png") and not is_held_out("train/test.png")


def test_as_many_threads_tell_the_same(tmp_path: Path) -> None:
    for number in range(20):
        drawing(number, (200, 160)).save(tmp_path / f"{number:02d}.png")
    paths = sorted(tmp_path.iterdir())
    alone, several = look_at_all(paths, 1), look_at_all(paths, 3)
    assert [one.digest for one in alone] == [one.digest for one in several]
    assert [one.softness for one in alone] == [one.softness for one in several]
    cells = [(one.looks, other.looks) for one, other in zip(alone, several, strict=True)]
    assert all(a and b and np.array_equal(a.cells, b.cells) for a, b in cells)
