"""How jobs of arrays are named, and their indexes written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from animstudio.jobs.array import indexes
from animstudio.jobs.naming import named, spans


@given(st.sets(st.integers(0, 10**6), min_size=1, max_size=50))
def test_spans_are_read_as_they_are_written(numbers: set[int]):
    assert set(indexes(spans(list(numbers))).numbers) == numbers


def test_spans_are_short():
    assert spans([3, 1, 2, 9]) == "1-3,9"
    assert (spans(range(0, 100, 5)), spans([4]), spans([2, 7])) == ("0-95:5", "4", "2,7")


def test_words_that_name_jobs_of_arrays():
    assert named("5_3") == named("5_3-3")
    assert [named(word) for word in ("5", "5-7", "_3", "a_3", "5_", "5_all_", "٥_1")] == [None] * 7
