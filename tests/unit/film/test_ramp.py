import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animstudio.film.ramp import fit_ramp


def ramp(m, a, b, low=0.0, high=1.0):
    return (low + (high - low) * np.clip((np.arange(m) - a) / (b - a), 0, 1)).astype(np.float32)


@pytest.mark.parametrize(("a", "b"), [(0, 5), (3, 9), (10, 29), (0, 29), (24, 29)])
@pytest.mark.parametrize(("low", "high"), [(0, 1), (-0.2, 0.7), (1, 0)])
def test_finds_the_ends(a, b, low, high):
    assert fit_ramp(ramp(30, a, b, low, high), 3) == (a, b)


def test_finds_the_ends_in_noise():
    noisy = ramp(60, 20, 40) + np.random.default_rng(0).normal(0, 0.04, 60).astype(np.float32)
    a, b = fit_ramp(noisy, 3)
    assert abs(a - 20) <= 3 and abs(b - 40) <= 3


def test_too_few_values():
    assert fit_ramp(np.zeros(3, np.float32), 3) is None


@given(st.lists(st.floats(-2, 2, width=32), min_size=5, max_size=40), st.integers(1, 4))
def test_ends_are_in_order_and_apart(values, shortest):
    a, b = fit_ramp(np.array(values, np.float32), shortest)
    assert 0 <= a < b < len(values)
    assert b - a >= shortest


def test_agrees_with_plain_least_squares():
    values = np.random.default_rng(4).normal(0, 1, 18).astype(np.float32)
    errors = {}
    for a in range(18):
        for b in range(a + 3, 18):
            shape = np.stack([np.ones(18), ramp(18, a, b)], 1)
            _, rest, *_ = np.linalg.lstsq(shape, values, rcond=None)
            errors[a, b] = float(rest[0])
    assert fit_ramp(values, 3) == min(errors, key=errors.__getitem__)
