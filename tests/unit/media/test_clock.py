"""The clock: strictly increasing times from whatever a decoder says."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animstudio.media.clock import Clock

TICKS, SECOND = 40, 1000


def placed(stamps: list[int | None], *, leaps: bool = False) -> list[int]:
    clock = Clock(TICKS, SECOND, leaps, by_order=False)
    return [clock.place(SimpleNamespace(pts=stamp, dts=None)) for stamp in stamps]


@given(st.lists(st.none() | st.integers(-(10**9), 10**9), max_size=60), st.booleans())
def test_times_always_increase(stamps: list[int | None], leaps: bool):
    assert all(a < b for a, b in pairwise(placed(stamps, leaps=leaps)))


@given(st.lists(st.integers(1, 100_000), max_size=50), st.integers(-10_000, 10_000))
def test_good_times_are_kept(steps: list[int], start: int):
    stamps = [start + sum(steps[:count]) for count in range(len(steps) + 1)]
    assert placed(stamps) == stamps


@pytest.mark.parametrize(
    ("stamps", "times"),
    [
        ([None, None, None], [0, 40, 80]),
        ([100, None, 180, 220], [100, 140, 180, 220]),
        ([100, 100, 140], [100, 101, 140]),
        ([100, 140, 120, 180], [100, 140, 141, 180]),
        ([5000, 5040, 0, 40, 80], [5000, 5040, 5080, 5120, 5160]),
    ],
    ids=["none at all", "one is missing", "one repeats", "one goes back", "set anew"],
)
def test_bad_times(stamps: list[int | None], times: list[int]):
    assert placed(stamps) == times


def test_leaps_are_pauses_but_in_joined_streams():
    stamps: list[int | None] = [0, 40, 40 + 700 * SECOND]
    assert placed(stamps) == stamps
    assert placed(stamps, leaps=True) == [0, 40, 80]


def test_avi_goes_by_order():
    """FFmpeg's stamps of H.264 in AVI: presentation made up, decoding even, the last unknown."""
    clock = Clock(1, 24, False, by_order=True)
    frames = [(1, 2), (2, 3), (4, 4), (3, 5), (5, 6), (6, None)]
    times = [clock.place(SimpleNamespace(pts=pts, dts=dts)) for pts, dts in frames]
    assert times == [1, 2, 3, 4, 5, 6]
