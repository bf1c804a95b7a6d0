import numpy as np
import pytest

from animstudio.film.dissolves import find_dissolves
from animstudio.film.likeness import flat as rows_of
from tests.unit.film.drawn_films import flat, held, lit, measure, mix, place, shot


def dissolves_in(pictures, rate=24, walls=(), light=()):
    return find_dissolves(rows_of(measure(pictures, rate).signature), rate, walls, light)


def film(frames, one=1, other=2, *, rate=24, speed=0.0, dark=False):
    """A second and a half of one shot, a dissolve of `frames`, and of the other."""
    n = rate * 3 // 2
    old = shot(one, n + frames, speed=speed, dark=dark)
    new = shot(other, n + frames, speed=-speed, dark=dark)
    return old[:n] + mix(old[n:], new[:frames]) + new[frames:]


@pytest.mark.parametrize("seconds", [0.3, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("rate", [24, 25, 30, 60])
def test_start_and_end(seconds, rate):
    frames = round(seconds * rate)
    (found,) = dissolves_in(film(frames, rate=rate), rate)
    assert found.kind == "dissolve"
    assert abs(found.start - rate * 3 // 2) <= 2
    assert abs(found.end - (rate * 3 // 2 + frames)) <= 2


@pytest.mark.parametrize("seed", range(3, 9))
def test_while_the_camera_moves(seed):
    (found,) = dissolves_in(film(20, seed, seed + 10, speed=1.0))
    assert found.start < 56 and found.end > 36


def test_of_held_drawings():
    n = 20
    old, new = held(shot(3, 36 + n, speed=1), 2), held(shot(4, 36 + n, speed=1), 2)
    (found,) = dissolves_in(old[:36] + mix(old[36:], new[:n]) + new[n:])
    assert abs(found.start - 36) <= 3 and abs(found.end - 56) <= 3


def test_in_the_dark():
    assert len(dissolves_in(film(20, dark=True))) == 1


def test_two_of_them():
    found = dissolves_in(film(16, 1, 2) + film(16, 2, 3)[36:])
    assert len(found) == 2


@pytest.mark.parametrize("speed", [0.3, 1.0, 3.0, 8.0])
@pytest.mark.parametrize("seed", range(20, 24))
def test_a_pan_is_no_dissolve(speed, seed):
    assert dissolves_in(shot(seed, 90, speed=speed)) == []


@pytest.mark.parametrize("seed", range(30, 36))
def test_a_pan_that_starts_and_stops_is_no_dissolve(seed):
    wide = place(seed)
    share = np.clip((np.arange(90) - 25) / 40, 0, 1)
    steps = np.round(120 * share * share * (3 - 2 * share)).astype(int)
    assert dissolves_in([wide[:, x : x + 160] for x in steps]) == []


def test_a_cut_is_no_dissolve():
    assert dissolves_in(shot(1, 30) + shot(2, 30), walls=[30]) == []
    assert dissolves_in(shot(1, 30) + shot(2, 30)) == []


def test_a_light_that_dies_is_no_dissolve():
    light = lit(shot(5, 80), lambda k: max(0.0, 1 - (k - 20) / 20) if k >= 20 else 0.0)
    assert dissolves_in(light) == []
    dimmer = lit(shot(5, 80), lambda k: max(0.0, 0.8 - (k - 20) / 20) if k >= 20 else 0.0)
    assert dissolves_in(dimmer, light=[20]) == []


def test_a_light_that_goes_down_is_no_dissolve():
    assert dissolves_in(lit(shot(6, 80), lambda k: 0.7 * min(1, max(0, (k - 20) / 24)), 0)) == []


def test_a_title_is_no_dissolve():
    pictures = shot(7, 80)
    for k, picture in enumerate(pictures):
        share = min(1.0, max(0.0, (k - 30) / 12))
        part = picture[35:55, 30:130]
        picture[35:55, 30:130] = np.uint8(part * (1 - share) + 250 * share)
    assert dissolves_in(pictures) == []


@pytest.mark.parametrize(
    "pictures", [[], shot(1, 1), shot(1, 2), flat(0, 50), flat(90, 50), shot(1, 50)]
)
def test_nothing_dissolves(pictures):
    assert dissolves_in(pictures) == []
