"""The keeper: a few dozen pictures in memory, and among them those that will be chosen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animstudio.film.frames import FrameSpec, choose_frames, grain
from animstudio.film.keeper import Keeper
from animstudio.film.measures import Measures
from animstudio.film.shot import Shot
from animstudio.film.survey import ROOM, room_for
from animstudio.media.encode import write_film
from animstudio.media.probe import probe

from .film_facts import measures

SLACK, CERTAIN = 14, 36


def film(frames: int, seed: int, *, trend: float = 0.0, start: int = 0) -> Measures:
    """Random sharpness, rising or falling through the film; no held drawings."""
    m = measures(frames, seed=seed, start=start)
    sharpness = (m.sharpness + trend * np.arange(frames)).astype(np.float32)
    return replace(m, sharpness=sharpness, change=np.full(frames, 5, np.float32))


def fed(keeper: Keeper[int], m: Measures, frames: range) -> None:
    beats, sharpness = m.beats.tolist(), m.sharpness.tolist()
    for frame in frames:
        keeper.add(frame, beats[frame], sharpness[frame], frame)


@settings(max_examples=60, deadline=None)
@given(
    length=st.integers(1, 1200),
    lead=st.integers(0, 50),
    cells=st.sampled_from([3, 6, 8, 12]),
    late=st.integers(0, SLACK),
    seed=st.integers(0, 999),
    trend=st.sampled_from([-1.0, 0.0, 1.0]),
    start=st.integers(0, 10**7),
)
def test_what_will_be_chosen_in_a_shot_that_ends_now_is_still_here(
    length: int, lead: int, cells: int, late: int, seed: int, trend: float, start: int
) -> None:
    """The end becomes known `late` frames after it, at most the slack.

    With few cells a window may hold no whole one; then what is chosen there is only kept if it
    is the sharpest of its cell all the same. From 8 on all of three windows hold one.
    """
    m = film(lead + length + late, seed, trend=trend, start=start)
    keeper = Keeper[int](cells, SLACK, CERTAIN, limit=10**6)
    known = min(len(m), lead + SLACK)
    fed(keeper, m, range(known))
    keeper.forget_before(lead)
    fed(keeper, m, range(known, len(m)))
    cell = m.beats >> grain(length, cells)
    for choice in choose_frames(m, [Shot(1, lead, lead + length)], FrameSpec(), cells):
        around = np.flatnonzero(cell == cell[choice.frame])
        if cells >= 8 or m.sharpness[choice.frame] == m.sharpness[around].max():
            assert keeper.get(choice.frame) == choice.frame


@pytest.mark.parametrize("cells", [3, 6, 12])
def test_memory_does_not_grow_with_the_shot(cells: int) -> None:
    m = film(4096, cells)
    keeper = Keeper[int](cells, SLACK, CERTAIN, limit=10**6)
    beats, sharpness = m.beats.tolist(), m.sharpness.tolist()
    most = 0
    for frame in range(len(m)):
        keeper.add(frame, beats[frame], sharpness[frame], frame)
        most = max(most, len(keeper))
    # The newest, up to twice `cells` of the shot, and what came since the last thinning.
    assert most <= CERTAIN + 2 * cells + 6


def test_the_limit_holds_and_the_oldest_go_first() -> None:
    m = film(5000, 1)
    keeper = Keeper[int](12, SLACK, CERTAIN, limit=40)
    fed(keeper, m, range(5000))
    assert len(keeper) <= 40 + 4
    assert keeper.get(4999) == 4999
    assert keeper.get(0) is None


def test_forgetting() -> None:
    m = film(100, 1)
    keeper = Keeper[int](12, SLACK, CERTAIN, limit=96)
    fed(keeper, m, range(100))
    keeper.forget_before(95)
    assert len(keeper) == 5
    assert keeper.get(94) is None
    assert keeper.get(95) == 95


@pytest.mark.parametrize("form", ["yuv420p", "yuv420p10le", "yuv444p", "yuv444p12le", "rgb24"])
@pytest.mark.parametrize("size", [(320, 180), (1920, 1080), (4096, 2160), (7680, 4320)])
def test_pictures_have_room_in_memory(tmp_path: Path, form: str, size: tuple[int, int]) -> None:
    """However many planes and bits they have, and however large they are."""
    small = tmp_path / "a.mp4"
    write_film(small, [np.zeros((32, 32, 3), np.uint8)] * 2)
    film = replace(probe(small), pixel_format=form, width=size[0], height=size[1])
    picture = av.VideoFrame(*size, form)
    taken = room_for(film) * sum(plane.buffer_size for plane in picture.planes)
    assert taken <= 1.03 * ROOM  # rows are padded
    assert room_for(film) == 58 or taken > ROOM / 3
