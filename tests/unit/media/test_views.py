"""Small views: their sizes, and that shrinking keeps what is there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from animstudio.media.views import fit, fit_smooth, halve, shrink, views_of_bgr


@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 70), st.integers(1, 70))
def test_fit_gives_the_size_that_is_asked_for(width: int, height: int, to_w: int, to_h: int):
    plane = np.full((height, width), 77, np.uint8)
    for how in (fit, fit_smooth):
        small = how(plane, (to_w, to_h))
        assert small.shape == (to_h, to_w)
        assert (small == 77).all()


@given(arrays(np.uint8, (8, 12)))
def test_halving_averages(plane: np.ndarray):
    means = plane.reshape(4, 2, 6, 2).mean((1, 3))
    assert np.abs(halve(plane).astype(float) - means).max() <= 0.5


def test_an_odd_last_row_and_column_are_dropped():
    assert halve(np.zeros((7, 5), np.uint16)).shape == (3, 2)
    assert halve(np.zeros((1, 5), np.uint8)).shape == (1, 2)


def test_more_bits_stay():
    assert fit(np.full((8, 8), 1000, np.uint16), (3, 3)).tolist() == [[1000] * 3] * 3


@pytest.mark.parametrize(("size", "longest"), [((1920, 1080), 320), ((90, 200), 200), ((3, 1), 3)])
def test_shrink(size: tuple[int, int], longest: int):
    small = shrink(np.zeros((size[1], size[0], 3), np.uint8), 320)
    assert max(small.shape[:2]) == longest
    assert small.shape[1] / small.shape[0] == pytest.approx(size[0] / size[1], rel=0.02)


def test_views_of_a_picture_that_comes_from_no_film():
    picture = np.full((180, 640, 3), (10, 200, 90), np.uint8)
    views = views_of_bgr(picture)
    assert (views.fine.shape, views.luma.shape, views.colour.shape) == (
        (90, 320), (90, 320), (45, 160, 3),
    )  # fmt: skip
    assert views.colour[20, 80].tolist() == [10, 200, 90]
    assert len(np.unique(views.luma)) == 1
