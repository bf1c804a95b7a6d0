"""Sizes, turns and display matrices."""

from __future__ import annotations

import struct
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animstudio.media.geometry import Geometry, orientation


def geometry(
    width: int = 320, height: int = 180, aspect: Fraction = Fraction(1), rotation: int = 0,
    mirrored: bool = False,
) -> Geometry:  # fmt: skip
    return Geometry(width, height, aspect, rotation, mirrored, "sdr", 1, False)


def matrix(a: int, b: int, c: int, d: int) -> bytes:
    one = 1 << 16
    return struct.pack("<9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)


@pytest.mark.parametrize(
    ("four", "rotation", "mirrored"),
    [
        ((1, 0, 0, 1), 0, False), ((0, 1, -1, 0), 90, False), ((-1, 0, 0, -1), 180, False),
        ((0, -1, 1, 0), 270, False), ((-1, 0, 0, 1), 0, True), ((1, 0, 0, -1), 180, True),
        ((0, 1, 1, 0), 270, True), ((0, -1, -1, 0), 90, True),
    ],
)  # fmt: skip
def test_orientation_does_what_the_matrix_says(
    four: tuple[int, int, int, int], rotation: int, mirrored: bool
):
    """The corner of a turned picture is where the matrix sends it."""
    assert orientation(matrix(*four)) == (rotation, mirrored)
    picture = np.zeros((3, 5), np.uint8)
    picture[0, 0] = 9
    turned = geometry(rotation=rotation, mirrored=mirrored).turn(picture)
    a, b, c, d = four
    x, y = -2 * a - 1 * c, -2 * b - 1 * d  # from the middle: (-2, -1) is the corner
    height, width = turned.shape
    assert turned[y + height // 2, x + width // 2] == 9


@given(st.sampled_from([0, 90, 180, 270]), st.booleans(), st.fractions(Fraction(1, 4), 4))
def test_sizes_agree(rotation: int, mirrored: bool, aspect: Fraction):
    shape = geometry(aspect=aspect, rotation=rotation, mirrored=mirrored)
    picture = np.zeros((180, 320, 3), np.uint8)
    assert shape.turn(shape.square(picture)).shape[1::-1] == shape.display_size
    width, height = shape.square_size
    assert width >= 320 and height >= 180
    assert width / height == pytest.approx(float(Fraction(320, 180) * aspect), rel=0.01)
    small = shape.small(100)
    assert max(small) <= 100
    assert small[0] / small[1] == pytest.approx(width / height, rel=0.06)


def test_an_upright_picture_is_not_copied():
    picture = np.zeros((4, 6, 3), np.uint8)
    assert geometry().turn(picture) is picture


def test_small_never_grows_and_never_vanishes():
    assert geometry(100, 50).small(320) == (100, 50)
    assert geometry(4000, 2).small(160) == (160, 1)
