from dataclasses import fields, replace
from fractions import Fraction
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from animstudio.film.content import ContentAnalyser
from animstudio.film.measures import Measures
from animstudio.film.shot import Shot, Transition
from animstudio.film.shots import ShotSpec, cut_score, find_shots, find_transitions, lag, tile
from animstudio.media.decode import Decoder
from animstudio.media.encode import write_film
from animstudio.media.probe import probe
from tests.unit.film.drawn_films import flat, lit, measure, measures_of, mix, shot

RATES = [Fraction(24), Fraction(24000, 1001), Fraction(25), Fraction(30), Fraction(60), Fraction(1)]


def part(measures: Measures, start: int, end: int) -> Measures:
    columns = {f.name: getattr(measures, f.name) for f in fields(measures)}
    cut = {k: v[start:end] for k, v in columns.items() if isinstance(v, np.ndarray)}
    return replace(measures, **cut)


def noise(seed: int, frames: int, rate: Fraction) -> Measures:
    """Measures no film has: still, jumping, black and random stretches."""
    rng = np.random.default_rng(seed)
    rows, picture = [], rng.integers(0, 255, (9, 16, 3))
    for _ in range(frames):
        kind = rng.integers(0, 8)
        if kind == 0:
            picture = rng.integers(0, 255, (9, 16, 3))
        elif kind == 1:
            picture = np.full((9, 16, 3), rng.choice([0, 255, 90]))
        row = {"signature": picture, "novelty": rng.uniform(0, 1) * (kind < 2)}
        row |= {k: rng.uniform(0, 60) * (kind < 2) for k in ("hue", "saturation", "value")}
        rows.append(row | {"change": 0.0, "luma": picture.mean(), "contrast": picture.std()})
    return measures_of(rows, rate)


def check(shots: list[Shot], frames: int, least: int) -> None:
    assert [s.number for s in shots] == list(range(1, len(shots) + 1))
    assert shots[0].start == 0 and shots[-1].end == frames
    for one, other in pairwise(shots):
        assert one.end == other.start
        assert one.closing is not None and one.closing == other.opening
        assert one.closing.start <= one.end <= one.closing.end
    if len(shots) > 1:
        assert min(map(len, shots)) >= least


@given(
    st.integers(0, 10**6),
    st.integers(1, 120),
    st.sampled_from(RATES),
    st.sampled_from([0.0, 0.1, 0.6, 3.0]),
    st.floats(1, 100),
    st.booleans(),
)
@settings(deadline=None)
def test_shots_tile_any_film(seed, frames, rate, min_shot, threshold, gradual):
    measures = noise(seed, frames, rate)
    spec = ShotSpec(min_shot=min_shot, threshold=threshold, gradual=gradual)
    shots = find_shots(measures, spec)
    check(shots, frames, max(1, round(min_shot * rate)))
    assert shots == find_shots(measures, spec)


def test_no_frames_no_shots():
    assert find_shots(noise(0, 0, Fraction(24))) == []


@pytest.mark.parametrize("frames", [1, 2, 3, 40])
@pytest.mark.parametrize(
    "pictures", [lambda n: shot(1, n), lambda n: flat(0, n), lambda n: flat(255, n)]
)
def test_one_shot(pictures, frames):
    assert find_shots(measure(pictures(frames))) == [Shot(1, 0, frames)]


def test_every_kind_at_once():
    pictures = [
        *flat(0, 5),
        *mix(flat(0, 20), shot(1, 20)),
        *shot(1, 40),
        *shot(2, 40),
        *mix(shot(2, 20), shot(3, 20)),
        *shot(3, 40),
        *mix(shot(3, 10), flat(0, 10)),
        *flat(0, 4),
        *mix(flat(0, 10), shot(4, 10)),
        *lit(shot(4, 50), lambda k: 0.9 * (20 <= k < 22)),
        *mix(shot(4, 15), flat(0, 15)),
        *flat(0, 8),
    ]
    shots = find_shots(measure(pictures))
    kinds = [s.opening.kind for s in shots if s.opening] + [shots[-1].closing.kind]
    assert kinds == ["fade_in", "cut", "dissolve", "fade", "fade_out"]
    assert [
        abs(a - b) <= 2 for a, b in zip([s.start for s in shots], [0, 65, 115, 177], strict=True)
    ]
    assert all(len(s.clean) > 20 for s in shots)


def test_gradual_can_be_left_alone():
    measures = measure(shot(1, 40) + mix(shot(1, 20), shot(2, 20)) + shot(2, 40) + shot(3, 40))
    assert [t.kind for t in find_transitions(measures)] == ["dissolve", "cut"]
    assert [t.kind for t in find_transitions(measures, ShotSpec(gradual=False))] == ["cut"]


@pytest.mark.parametrize("least", [0.0, 0.3, 0.6, 2.0])
def test_short_shots_join_their_neighbour(least):
    pictures = shot(1, 30) + shot(2, 10) + shot(3, 30) + shot(4, 40)
    shots = find_shots(measure(pictures), ShotSpec(min_shot=least))
    check(shots, 110, round(least * 24))
    assert len(shots) == {0.0: 4, 0.3: 4, 0.6: 3, 2.0: 1}[least]


@cache
def _long_film() -> Measures:
    pictures = []
    for k in range(8):
        pictures += shot(k, 40, speed=0.5 * (k % 3))
        if k % 3 == 1:
            pictures += mix(shot(k, 24), shot(k + 1, 24))
        elif k % 3 == 2:
            pictures += [
                *mix(shot(k, 12), flat(0, 12)),
                *flat(0, 6),
                *mix(flat(0, 12), shot(k + 1, 12)),
            ]
    return measure(pictures)


@given(st.integers(1, 430))
@settings(deadline=None, max_examples=25)
def test_what_is_older_than_the_lag_stays(frames):
    film = _long_film()
    assert len(film) > 430
    final = frames - lag(24)
    then = [s.end for s in find_shots(part(film, 0, frames)) if s.end <= final]
    assert then == [s.end for s in find_shots(film) if s.end <= final]


def test_lag_is_shorter_for_cuts_alone():
    assert lag(24, ShotSpec(gradual=False)) < lag(24) < lag(60)
    assert lag(24, ShotSpec(detector="transnetv2")) > 100


def test_score_reaches_its_level_at_cuts():
    measures = measure(shot(1, 30) + shot(2, 30))
    score, level = cut_score(measures)
    assert score.shape == (60,)
    assert np.flatnonzero(score >= level).tolist() == [30]
    assert level == ShotSpec().threshold


@pytest.mark.parametrize("rate", [24, 25, 30, 60])
def test_a_real_film(tmp_path, rate):
    n = rate * 2
    new = shot(22, n + 12)
    pictures = shot(21, n) + mix(shot(21, 12), new[:12]) + new[12:] + shot(23, n, dark=True)
    path = tmp_path / "drawn.mp4"
    write_film(path, pictures, rate=rate, options={"crf": "23", "preset": "ultrafast"})
    seen = [p.views() for p in Decoder(probe(path)).pictures()]
    analyser = ContentAnalyser()
    shots = find_shots(measures_of([analyser.see(v) for v in seen], rate))
    assert [s.opening.kind for s in shots[1:]] == ["dissolve", "cut"]
    assert abs(shots[0].end - (n + 6)) <= 2
    assert shots[1].end == 2 * n + 12


def test_divided_at_the_middle():
    shots = tile(100, [Transition("fade_in", 0, 8), Transition("dissolve", 40, 50)])
    assert [(s.start, s.end) for s in shots] == [(0, 45), (45, 100)]
    assert shots[0].clean == range(8, 40) and shots[1].clean == range(50, 100)


@pytest.mark.parametrize(
    "wrong", [{"threshold": 0}, {"min_shot": -1}, {"odds": 2}, {"detector": "x"}]
)
def test_spec_refuses(wrong):
    with pytest.raises(ValidationError):
        ShotSpec(**wrong)
