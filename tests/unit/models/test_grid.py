"""What is found at a grid of points: neither tiny nor ground, off the edge, and moving."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from animstudio.kernel.errors import AskedWrongly
from animstudio.media.views import Bytes
from animstudio.models.fakes import FakeSegmenter
from animstudio.models.grid import Grid, grid_over

WIDE, TALL = 384, 216


def ground() -> Bytes:
    rng = np.random.default_rng(2)
    blocks = rng.integers(60, 160, (TALL // 12, WIDE // 12, 3), np.uint8)
    return blocks.repeat(12, axis=0).repeat(12, axis=1)


def scene(left: int) -> Bytes:
    """A figure that walks, a post that stands, and something that moves along the edge."""
    picture = ground()
    picture[60:160, left : left + 50] = (40, 220, 40)
    picture[60:160, 300:340] = (220, 40, 40)
    picture[0:30, left + 60 : left + 200] = (40, 220, 220)
    return picture


def box(top: int, bottom: int, left: int, right: int) -> NDArray[np.bool_]:
    mask = np.zeros((TALL, WIDE), np.bool_)
    mask[top:bottom, left:right] = True
    return mask


class Cuts:
    """Cuts out what the last scene has, and all else it might think of."""

    def __init__(self) -> None:
        self.points = 0
        self.masks: list[NDArray[np.bool_]] = []

    def masks_at(
        self, picture: Bytes, points: Sequence[tuple[int, int]]
    ) -> list[NDArray[np.bool_]]:
        self.points = len(points)
        assert all(0 <= x < WIDE and 0 <= y < TALL for x, y in points)
        return self.masks


def test_only_what_moves_and_is_whole_is_found() -> None:
    cuts = Cuts()
    grid = Grid(cuts)
    walker = box(60, 160, 120, 170)
    cuts.masks = [walker, walker, box(60, 160, 300, 340), box(0, 30, 180, 320),
                  np.ones((TALL, WIDE), np.bool_), box(80, 86, 130, 136),
                  np.zeros((TALL, WIDE), np.bool_)]  # fmt: skip
    assert grid.find(scene(40)) == []  # nothing is known to move yet
    (found,) = grid.find(scene(120))
    assert found.box == (120, 60, 50, 100)
    assert found.score > 0.9
    assert cuts.points == 48


def test_a_picture_that_rests_has_nothing() -> None:
    grid = Grid(Cuts())
    assert [grid.find(scene(40)) for _ in range(3)] == [[], [], []]
    assert grid.find(np.zeros((40, 40, 3), np.uint8)) == []


def test_a_segmenter_without_points_is_refused() -> None:
    with pytest.raises(AskedWrongly, match="grid needs SAM 2"):
        grid_over(FakeSegmenter())
