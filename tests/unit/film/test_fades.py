import pytest

from animstudio.film.fades import find_fades
from animstudio.film.likeness import flat as rows_of
from animstudio.film.likeness import is_blank
from animstudio.film.shot import Transition
from tests.unit.film.drawn_films import flat, lit, measure, mix, shot


def fades_in(pictures, rate=24, walls=(), light=()):
    return find_fades(rows_of(measure(pictures, rate).signature), rate, walls, light)


def out(seed, frames, level, speed=0.0):
    return mix(shot(seed, frames, speed=speed), flat(level, frames))


def into(seed, frames, level, speed=0.0):
    return mix(flat(level, frames), shot(seed, frames, speed=speed))


@pytest.mark.parametrize("level", [0, 255])
@pytest.mark.parametrize("legs", [(8, 8), (24, 12), (6, 40)])
@pytest.mark.parametrize("hold", [1, 5, 20])
def test_through_black_or_white(level, legs, hold):
    down, up = legs
    pictures = (
        shot(1, 30) + out(1, down, level) + flat(level, hold) + into(2, up, level) + shot(2, 30)
    )
    (fade,) = fades_in(pictures)
    assert fade.kind == "fade"
    assert abs(fade.start - 30) <= 2
    assert abs(fade.end - (30 + down + hold + up)) <= 2


def test_while_the_camera_moves():
    pictures = (
        shot(3, 30, speed=1)
        + out(3, 14, 0, 1)
        + flat(0, 4)
        + into(4, 14, 0, 1)
        + shot(4, 30, speed=1)
    )
    (fade,) = fades_in(pictures)
    assert abs(fade.start - 30) <= 4 and abs(fade.end - 62) <= 4


def test_at_both_ends():
    pictures = flat(0, 6) + into(5, 20, 0) + shot(5, 40) + out(5, 15, 0) + flat(0, 9)
    opening, closing = fades_in(pictures)
    assert opening.kind == "fade_in" and opening.start == 0 and abs(opening.end - 26) <= 2
    assert closing.kind == "fade_out" and closing.end == 90 and abs(closing.start - 66) <= 2


def test_letterboxed_to_white():
    pictures = shot(1, 30) + out(1, 10, 255) + flat(255, 3) + into(2, 10, 255) + shot(2, 30)
    for k, picture in enumerate(pictures):
        pictures[k] = picture.copy()
        pictures[k][:12] = pictures[k][-12:] = 0
    (fade,) = fades_in(pictures)
    assert abs(fade.start - 30) <= 2 and abs(fade.end - 53) <= 2


def test_a_white_flash_is_no_fade():
    assert fades_in(lit(shot(6, 60), lambda k: float(20 <= k < 23))) == []


def test_an_explosion_to_white_is_no_fade():
    light = lit(shot(7, 70), lambda k: max(0.0, 1 - (k - 20) / 14) if k >= 20 else 0.0)
    assert fades_in(light) == []


def test_a_long_black_is_a_shot_of_its_own():
    pictures = shot(1, 30) + out(1, 10, 0) + flat(0, 60) + into(2, 10, 0) + shot(2, 30)
    before, after = fades_in(pictures)
    assert abs(before.start - 30) <= 2 and before.end in (39, 40)
    assert after.start in (100, 101) and abs(after.end - 110) <= 2


def test_black_between_two_shots_with_no_leg():
    pictures = shot(1, 30) + flat(0, 4) + shot(2, 30)
    assert fades_in(pictures, walls=[30, 34]) == [Transition("fade", 30, 34)]
    assert fades_in(pictures, walls=[], light=[30]) == []


def test_a_wall_is_not_crossed():
    pictures = shot(8, 30) + out(1, 10, 0) + flat(0, 3) + into(2, 10, 0) + shot(2, 30)
    (fade,) = fades_in(pictures, walls=[30])
    assert fade.start >= 30


@pytest.mark.parametrize(
    "pictures", [[], shot(1, 1), flat(0, 1), flat(0, 40), flat(255, 40), shot(1, 30)]
)
def test_no_fade(pictures):
    assert fades_in(pictures) == []


def test_blank():
    rows = rows_of(measure(flat(0, 1) + flat(255, 1) + flat(128, 1) + shot(1, 1)).signature)
    assert is_blank(rows).tolist() == [True, True, False, False]
