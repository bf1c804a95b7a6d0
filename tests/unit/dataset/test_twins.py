"""Which pictures are twins: other tellings of one, and not other poses before one ground."""

from __future__ import annotations

import shutil
import tracemalloc
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance

from animstudio.dataset.duplicates.pairs import near_hashes, near_vectors
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


def test_many_that_are_all_alike_are_one_group(tmp_path: Path) -> None:
    """Of one group already, the later pairs say nothing more; there are whole batches of those."""
    drawing(1, (200, 160)).save(tmp_path / "00.png")
    for number in range(1, 45):
        shutil.copy(tmp_path / "00.png", tmp_path / f"{number:02d}.png")
    (group,) = groups_of(tmp_path, looks_only=True)
    assert len(group) == 45


@pytest.mark.parametrize(
    "pairs",
    [lambda: near_vectors(np.eye(1, 8, dtype=np.float32).repeat(2000, axis=0), 0.9),
     lambda: near_hashes([7] * 2000, 2)],
    ids=["vectors", "hashes"],
)  # fmt: skip
def test_pairs_of_what_is_all_alike_are_not_held_at_once(
    pairs: Callable[[], Iterator[tuple[int, int, float]]],
) -> None:
    tracemalloc.start()
    first = next(pairs())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert first[:2] == (0, 1)
    assert most < 80_000_000


def test_pairs_are_those_of_every_two() -> None:
    chance = np.random.default_rng(2)
    vectors = chance.normal(size=(1100, 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    near = np.triu(vectors @ vectors.T >= 0.99, 1)
    found = [(one, other) for one, other, _ in near_vectors(vectors, 0.99)]
    assert sorted(found) == list(zip(*map(np.ndarray.tolist, np.nonzero(near)), strict=True))
