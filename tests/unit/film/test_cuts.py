import numpy as np
import pytest

from animstudio.film.cuts import SCALE, find_cuts
from animstudio.film.likeness import flat as rows_of
from tests.unit.film.drawn_films import flat, held, lit, measure, place, shot


def cuts_in(pictures, rate=24, threshold=SCALE, interruption=0.6):
    m = measure(pictures, rate)
    content = (m.hue + m.saturation + m.value) / np.float32(3)
    cuts, _ = find_cuts(
        m.novelty,
        content,
        rows_of(m.signature),
        rate,
        threshold=threshold,
        interruption=interruption,
    )
    return cuts


def test_two_places():
    assert cuts_in(shot(1, 24) + shot(2, 24)) == [24]


def test_in_the_dark():
    assert cuts_in(shot(1, 24, dark=True) + shot(2, 24, dark=True)) == [24]


@pytest.mark.parametrize("rate", [24, 25, 30, 60])
def test_between_moving_shots(rate):
    speed = 48 / rate
    pictures = shot(3, rate, speed=speed) + shot(4, rate, speed=-speed)
    assert cuts_in(pictures, rate) == [rate]


@pytest.mark.parametrize("on", [2, 3])
def test_held_drawings_have_still_neighbours(on):
    moving = shot(5, 48, speed=3.0)
    assert cuts_in(held(moving, on)) == []
    assert cuts_in(held(moving, on) + held(shot(6, 48, speed=3.0), on)) == [48]


@pytest.mark.parametrize("frames", [1, 2, 3, 4])
@pytest.mark.parametrize("level", [0, 255])
def test_a_flash_is_no_cut(frames, level):
    pictures = shot(7, 60, speed=0.5)
    assert cuts_in(lit(pictures, lambda k: 0.9 * (20 <= k < 20 + frames), level)) == []


def test_a_strobe_is_no_cut():
    assert cuts_in(lit(shot(8, 60), lambda k: 0.8 * (15 <= k < 40 and k // 2 % 2 == 0))) == []


def test_a_cut_after_a_strobe_is_one():
    strobe = lit(shot(8, 40), lambda k: 0.8 * (10 <= k < 34 and k // 2 % 2 == 0))
    assert cuts_in(strobe + shot(9, 40)) == [40]


def test_an_explosion_is_no_cut():
    def power(k):
        return 0.95 * (0.5 if k == 20 else max(0.0, 1 - (k - 21) / 16) if k > 20 else 0)

    assert cuts_in(lit(shot(10, 72, speed=0.5), power)) == []


def test_light_switched_off_is_no_cut():
    assert cuts_in(lit(shot(11, 60), lambda k: 0.6 * (k >= 30), level=0)) == []


def test_a_whip_pan_is_no_cut():
    wide = place(12)
    starts = [0] * 24 + [round(14.5 * k) for k in range(1, 11)] + [145] * 24
    assert cuts_in([wide[:, x : x + 160] for x in starts]) == []


def test_something_passing_is_no_cut():
    pictures = shot(13, 60)
    for k in range(20, 32):
        left = round(-100 + (k - 20) * 22)
        pictures[k][:, max(0, left) : max(0, left + 100)] = (30, 60, 200)
    assert cuts_in(pictures) == []


def test_a_blended_frame_makes_one_cut_not_two():
    one, other = shot(14, 24), shot(15, 24)
    between = np.uint8(one[0] * 0.5 + other[0] * 0.5)
    assert len(cuts_in([*one, between, *other])) == 1


def test_a_short_insert_is_an_interruption_only_while_it_is_short():
    def film(frames):
        return shot(16, 30) + shot(17, frames) + shot(16, 30)

    assert cuts_in(film(10)) == []
    assert cuts_in(film(24)) == [30, 54]
    assert cuts_in(film(10), interruption=0.2) == [30, 40]


def test_a_higher_threshold_finds_fewer():
    pictures = shot(18, 24) + shot(19, 24)
    assert cuts_in(pictures, threshold=SCALE * 50) == []


def test_letterbox_changes_nothing():
    pictures = shot(20, 24) + shot(21, 24)
    for picture in pictures:
        picture[:12] = picture[-12:] = 0
    assert cuts_in(pictures) == [24]


@pytest.mark.parametrize("pictures", [[], shot(1, 1), shot(1, 2), flat(0, 30), flat(255, 30)])
def test_nothing_to_cut(pictures):
    assert cuts_in(pictures) == []
