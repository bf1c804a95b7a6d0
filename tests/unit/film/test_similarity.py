import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animstudio.film.similarity import Similarity

similarities = st.builds(
    Similarity.of,
    tx=st.floats(-0.5, 0.5),
    ty=st.floats(-0.5, 0.5),
    scale=st.floats(0.5, 2),
    angle=st.floats(-170, 170),
)
points = st.complex_numbers(max_magnitude=2)


def at(similarity: Similarity, point: complex) -> complex:
    return similarity.turn * point + similarity.shift


@given(similarities, similarities, points)
def test_composition_does_the_right_one_first(then, first, point):
    assert at(then @ first, point) == pytest.approx(at(then, at(first, point)))


@given(similarities, similarities, similarities)
def test_composition_is_associative(a, b, c):
    left, right = (a @ b) @ c, a @ (b @ c)
    assert left.turn == pytest.approx(right.turn)
    assert left.shift == pytest.approx(right.shift, abs=1e-9)


@given(similarities, points)
def test_the_inverse_goes_back(there, point):
    assert at(there.inverse(), at(there, point)) == pytest.approx(point, abs=1e-9)


@given(st.floats(0.5, 2), st.floats(-170, 170))
def test_scale_and_angle_are_what_was_asked(scale, angle):
    similarity = Similarity.of(0, 0, scale, angle)
    assert similarity.scale == pytest.approx(scale)
    assert similarity.angle == pytest.approx(angle, abs=1e-9)
    assert math.isclose((similarity @ similarity).scale, scale**2)
