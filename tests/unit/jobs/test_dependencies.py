"""Who may be queued, who never will be, and circles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animstudio.jobs.schedule.dependencies import find_circle, refuse_circles, verdict
from animstudio.jobs.schedule.state import Condition, Dependency, Ending
from animstudio.kernel.errors import AskedWrongly


@pytest.mark.parametrize(
    ("condition", "ending", "word"),
    [
        ("ok", "completed", "ready"), ("ok", "failed", "never"), ("ok", "cancelled", "never"),
        ("any", "completed", "ready"), ("any", "failed", "ready"), ("any", "cancelled", "ready"),
        ("fail", "failed", "ready"), ("fail", "completed", "never"), ("fail", "cancelled", "never"),
    ],
)  # fmt: skip
def test_each_condition(condition: Condition, ending: Ending, word: str) -> None:
    assert verdict([Dependency(1, condition)], {1: ending}).word == word
    assert verdict([Dependency(1, condition)], {}).word == "waits"


def test_reasons() -> None:
    both = [Dependency(1), Dependency(2, "fail")]
    assert verdict(both, {}).why == "job 1, job 2"
    assert verdict(both, {1: "failed"}).why == "job 1 failed, and was to succeed"
    assert verdict(both, {2: "completed"}).why == "job 2 succeeded, and was to fail"
    assert verdict([], {}).word == "ready"


def test_a_circle_is_refused_with_the_way_around() -> None:
    needs = {"train": ["data"], "eval": ["train"], "data": ["eval"], "other": ["train"]}
    with pytest.raises(AskedWrongly, match="wait for each other: train -> data -> eval -> train"):
        refuse_circles(needs)
    with pytest.raises(AskedWrongly, match="5 -> 5"):
        refuse_circles({5: [5]})
    refuse_circles({1: [2, 3], 2: [3], 3: []})


def test_a_long_row_is_no_trouble() -> None:
    row = {i: [i + 1] for i in range(50_000)}
    assert not find_circle(row)
    assert len(find_circle({**row, 50_000: [0]})) == 50_001


@given(st.dictionaries(st.integers(0, 8), st.lists(st.integers(0, 8), max_size=3)))
def test_a_circle_is_one_and_none_is_missed(needs: dict[int, list[int]]) -> None:
    circle = find_circle(needs)
    for job, other in zip(circle, [*circle[1:], *circle[:1]], strict=True):
        assert other in needs[job]
    if not circle:  # then the jobs can be put in a row
        left, done = dict(needs), set(range(9)) - set(needs)
        while left:
            ready = [job for job, others in left.items() if set(others) <= done]
            assert ready
            for job in ready:
                done.add(job)
                del left[job]
