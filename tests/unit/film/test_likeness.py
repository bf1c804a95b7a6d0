import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from animstudio.film.likeness import (
    alike_in_form,
    block_means,
    block_sums,
    distance,
    flat,
    unlike,
)
from tests.unit.film.drawn_films import measure, place, shot

signatures = arrays(np.uint8, (2, 9, 16, 3))


def of(*pictures):
    return flat(measure(pictures).signature)


@given(signatures)
def test_within_bounds(pair):
    one, other = flat(pair)
    share = float(unlike(one[None], other[None])[0])
    assert 0 <= share <= 2  # a search can only lower it; a chequered block may exceed 1
    assert -1.001 <= alike_in_form(one, other) <= 1.001


@given(signatures)
def test_a_picture_is_like_itself(pair):
    one = flat(pair)[:1]
    assert unlike(one, one)[0] == 0


def test_moved_is_like_and_another_is_not():
    wide = place(7)
    here, there, other = of(wide[:, 20:180], wide[:, 35:195], place(8)[:, :160])
    assert unlike(here[None], there[None])[0] < 0.15 < 0.4 < unlike(here[None], other[None])[0]


def test_pairs_are_independent():
    rows = of(*shot(1, 1), *shot(2, 1), *shot(3, 1), *shot(4, 1))
    together = unlike(rows[:2], rows[2:])
    alone = [unlike(rows[k : k + 1], rows[k + 2 : k + 3])[0] for k in range(2)]
    assert np.allclose(together, alone, atol=1e-5)


def test_form_knows_no_light():
    picture = place(9)[:, :160]
    dim, bright = of(np.uint8(picture * 0.4), picture)
    assert alike_in_form(dim, bright) > 0.99
    assert alike_in_form(*of(picture, place(10)[:, :160])) < 0.8


def test_bars_have_no_form():
    one, other = place(11)[:, :160].copy(), place(12)[:, :160].copy()
    bare = alike_in_form(*of(one, other))
    for picture in (one, other):
        picture[:20] = picture[-20:] = 0
    assert alike_in_form(*of(one, other)) < bare + 0.3


def test_flat_pictures_have_no_form():
    assert alike_in_form(np.zeros(432, np.float32), np.ones(432, np.float32)) == 0


def test_blocks_and_distance():
    level = np.full((1, 432), 8, np.float32)
    assert np.allclose(block_means(level), 8)
    assert np.allclose(block_sums(level), 24)
    assert np.allclose(distance(level, level + 3), 3)


@given(st.integers(0, 100))
def test_distance_is_symmetric(seed):
    one, other = np.random.default_rng(seed).uniform(0, 255, (2, 4, 432)).astype(np.float32)
    assert np.array_equal(distance(one, other), distance(other, one))
