"""Which frames become pictures, over films made of random measures."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animstudio.film.frames import HELD, FrameSpec, choose_frames, grain, picture_name
from animstudio.film.measures import Measures
from animstudio.film.shot import Shot

from .film_facts import measures, shots

SPECS = st.builds(
    FrameSpec,
    mode=st.sampled_from(["scene", "interval", "hybrid"]),
    per_scene=st.integers(1, 12),
    margin=st.sampled_from([0, 0.1, 0.49]),
    every=st.floats(0.05, 8),
    every_frames=st.none() | st.integers(1, 100),
)


@st.composite
def films(draw: st.DrawFn) -> tuple[Measures, list[Shot]]:
    """A film: shots of any length, some dissolves, drawings held for some frames."""
    lengths = draw(st.lists(st.integers(1, 120), min_size=1, max_size=6))
    ends = np.cumsum(lengths).tolist()
    mixes = {
        at: draw(st.integers(2, 40))
        for at in ends[:-1]
        if draw(st.booleans())  # a dissolve may fill its shots altogether
    }
    m = measures(ends[-1], seed=draw(st.integers(0, 99)), start=draw(st.integers(0, 10**6)))
    held = draw(st.integers(1, 4))
    change = np.where(np.arange(len(m)) % held, 0.0, 5.0).astype(np.float32)
    return replace(m, change=change), shots(*ends, dissolves=mixes)


@given(film=films(), spec=SPECS, cells=st.integers(2, 16))
def test_choices_are_sound(film: tuple[Measures, list[Shot]], spec: FrameSpec, cells: int) -> None:
    m, cut = film
    choices = choose_frames(m, cut, spec, cells)
    drawing = np.cumsum(m.change > HELD)
    for shot in cut:
        mine = [c for c in choices if c.scene == shot.number]
        frames = [c.frame for c in mine]
        assert mine, "a shot without a picture"
        assert [c.position for c in mine] == list(range(1, len(mine) + 1))
        assert frames == sorted(set(frames))
        assert all(frame in range(shot.start, shot.end) for frame in frames)
        assert all(frame in shot.clean for frame in frames) or not shot.clean
        assert len({int(drawing[frame]) for frame in frames}) == len(frames), "a drawing twice"
        assert all(c.pts == m.pts[c.frame] for c in mine)
        if spec.mode == "scene":
            assert len(mine) <= spec.per_scene


@given(film=films(), spec=SPECS)
def test_a_shot_s_pictures_do_not_depend_on_the_other_shots(
    film: tuple[Measures, list[Shot]], spec: FrameSpec
) -> None:
    m, cut = film
    whole = choose_frames(m, cut, spec)
    assert whole == [c for shot in cut for c in choose_frames(m, [shot], spec)]


def test_the_sharpest_of_each_window_is_taken() -> None:
    m = measures(240)
    m.sharpness[:] = 1
    for frame in (50, 110, 170):
        m.sharpness[frame] = 100
    frames = [c.frame for c in choose_frames(m, shots(240), FrameSpec(per_scene=3))]
    assert frames == [50, 110, 170]


def test_the_margins_of_a_shot_are_left_out() -> None:
    m = measures(100)
    chosen = choose_frames(m, shots(100), FrameSpec(per_scene=5, margin=0.2))
    assert all(20 <= c.frame < 80 for c in chosen)


def test_no_picture_of_a_dissolve() -> None:
    m = measures(200)
    m.sharpness[90:110] = 9999
    chosen = choose_frames(m, shots(100, 200, dissolves={100: 20}), FrameSpec(margin=0))
    assert chosen
    assert not [c for c in chosen if 90 <= c.frame < 110]


def test_one_held_drawing_gives_one_picture() -> None:
    m = replace(measures(200), change=np.zeros(200, np.float32))
    assert len(choose_frames(m, shots(200), FrameSpec(per_scene=5))) == 1


@pytest.mark.parametrize("options", [{"every": 2.0}, {"every_frames": 48}])
def test_intervals_follow_the_film_s_clock(options: dict[str, float]) -> None:
    """24 frames a second: one picture of every 48 frames, and one at least of every shot."""
    m = replace(measures(480), change=np.full(480, 5, np.float32))
    spec = FrameSpec.model_validate({"mode": "interval", **options})
    whole = choose_frames(m, shots(480), spec)
    assert [c.frame // 48 for c in whole] == list(range(10))
    cut = choose_frames(m, shots(5, 100, 480), spec)
    assert [c.scene for c in cut if c.frame < 5] == [1]
    assert {c.frame // 48 for c in cut} == set(range(10))


def test_intervals_are_of_presentation_times_not_of_frames() -> None:
    """A film that shows its second half at half the rate."""
    ticks = [*range(0, 100), *range(100, 300, 2)]
    m = replace(measures(200, rate=10, pts=[t * 1000 for t in ticks]))
    m = replace(m, change=np.full(200, 5, np.float32))
    chosen = choose_frames(m, shots(200), FrameSpec(mode="interval", every=1.0))
    tens = [int(m.pts[c.frame]) // 10_000 for c in chosen]
    assert tens == list(range(30))


def test_hybrid_holds_both() -> None:
    m = replace(measures(480), change=np.full(480, 5, np.float32))
    cut = shots(200, 480)
    per_scene = {c.frame for c in choose_frames(m, cut, FrameSpec())}
    both = {c.frame for c in choose_frames(m, cut, FrameSpec(mode="hybrid", every=1.0))}
    assert per_scene < both
    assert all(b - a <= 48 for a, b in pairwise(sorted(both)))


@given(st.integers(1, 10**6), st.integers(1, 30))
def test_grain_gives_the_cells_it_promises(length: int, cells: int) -> None:
    level = grain(length, cells)
    assert length < cells or cells <= length / 2**level < 2 * cells


def test_names_carry_everything() -> None:
    m = measures(3000)
    (choice,) = choose_frames(m, [Shot(42, 2150, 2151)])
    assert picture_name(choice, 89.8333) == "scene0042_pos1_frame002150_t89.833s.jpg"
