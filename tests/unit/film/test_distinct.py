"""Numbers in order, each once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from animstudio.film.distinct import distinct


@given(st.lists(st.integers(-(2**40), 2**40)))
def test_each_number_once_and_in_order(numbers: list[int]) -> None:
    assert distinct(np.array(sorted(numbers), np.int64)).tolist() == sorted(set(numbers))
