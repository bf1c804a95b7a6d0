"""The names of runs."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from animstudio.pipeline.runs import run_id


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(250, 5_000_000))
def test_the_names_of_runs_sort_by_when_they_began(now: datetime, microseconds: int) -> None:
    """Two of one second too: whoever reads the logs in the order of names reads what happened."""
    later = now + timedelta(microseconds=microseconds)
    assert run_id(now) < run_id(later)
