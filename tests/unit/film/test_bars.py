"""Bars of a shot: what all frames agree on, and nothing that only looks like it."""

import math

import cv2
import numpy as np
import pytest

from animstudio.film.bars import Bars, bars_of_frames, bars_of_shots, measure_bars
from animstudio.film.measures import Measures
from animstudio.film.sharpness import see_bars
from animstudio.film.shot import Shot, Transition
from animstudio.media.views import views_of_bgr
from tests.unit.film.blank import blank_measures

HD = (1920, 1080)


def measures_with(bars: list[list[float]]) -> Measures:
    return blank_measures(len(bars), bars=bars)


def letterbox(pixels: float) -> list[float]:
    return [pixels / 1080, pixels / 1080, 0, 0]


@pytest.mark.parametrize(("pixels", "top", "ratio"), [
    (138, 138, "2.39"), (140, 140, "2.40"), (132, 132, "2.35"), (22, 22, "1.85"),
    (136, 138, "2.39"), (60, 60, "2.00"), (104, 104, "2.20"), (0, 0, "16:9"),
])  # fmt: skip
def test_letterbox_snaps_to_shapes_that_films_have(pixels: int, top: int, ratio: str) -> None:
    found = bars_of_frames(np.array([letterbox(pixels)] * 5, np.float32), HD)
    assert (found.top, found.bottom, found.left, found.right) == (top, top, 0, 0)
    assert found.ratio == ratio


def test_pillarbox() -> None:
    found = bars_of_frames(np.array([[0, 0, 0.125, 0.125]] * 5, np.float32), HD)
    assert found == Bars(0, 0, 240, 240, "4:3")


def test_pixel_aspect_makes_the_shape() -> None:
    anamorphic = bars_of_frames(np.zeros((3, 4), np.float32), (720, 576), 64 / 45)
    assert anamorphic.ratio == "16:9" and not anamorphic


def test_the_smallest_bars_of_the_shot_count() -> None:
    dark = [letterbox(pixels) for pixels in (138, 138, 200, 138, 300)]
    assert bars_of_frames(np.array(dark, np.float32), HD).top == 138
    shown_once = [letterbox(138)] * 9 + [letterbox(0)]
    assert not bars_of_frames(np.array(shown_once, np.float32), HD)


@pytest.mark.parametrize("rows", [
    [[0.13, 0.0, 0, 0]] * 5,
    [[0.13, 0.30, 0, 0]] * 5,
    [[0.004, 0.004, 0, 0]] * 5,
    [[0.17, 0.17, 0, 0], [0.21, 0.22, 0, 0], [0.3, 0.28, 0, 0], [0.24, 0.2, 0, 0]],
])  # fmt: skip
def test_no_bars_on_dark_content(rows: list[list[float]]) -> None:
    assert not bars_of_frames(np.array(rows, np.float32), HD)


def test_a_shape_of_its_own_must_be_steady() -> None:
    found = bars_of_frames(np.array([letterbox(84)] * 5, np.float32), HD)
    assert (found.top, found.bottom, found.ratio) == (84, 84, "2.11")
    unsure = [letterbox(84)] * 4 + [letterbox(120)]
    assert not bars_of_frames(np.array(unsure, np.float32), HD)


def test_transitions_are_left_out() -> None:
    bars = [letterbox(0)] * 3 + [letterbox(138)] * 6
    shot = Shot(1, 0, 9, opening=Transition("dissolve", 0, 3))
    assert measure_bars(measures_with(bars), shot, HD).top == 138


def test_a_dark_shot_takes_the_bars_of_the_film() -> None:
    dark = [math.nan] * 4
    measures = measures_with([letterbox(138)] * 6 + [dark] * 4 + [letterbox(0)] * 2)
    shots = [Shot(1, 0, 6), Shot(2, 6, 10), Shot(3, 10, 12)]
    first, second, third = bars_of_shots(measures, shots, HD)
    assert (first.top, second.top, third.top) == (138, 138, 0)
    assert (first.seen, second.seen, third.seen) == (True, False, True)
    alone = bars_of_shots(measures, shots[1:2], HD)[0]
    assert not alone and not alone.seen and alone.ratio == "16:9"


def test_from_pictures_to_a_crop() -> None:
    rng = np.random.default_rng(3)
    rows = []
    for frame in range(6):
        small = rng.uniform(50, 220, (9, 16, 3)).astype(np.float32)
        picture = cv2.resize(small, (1280, 720), interpolation=cv2.INTER_CUBIC).clip(0, 255)
        picture = picture.astype(np.uint8)
        picture[:92] = picture[-92:] = 0
        if frame == 2:
            picture[:300] = 5
        rows.append(see_bars(views_of_bgr(picture).fine))
    found = bars_of_frames(np.array(rows), (1280, 720))
    assert found.ratio == "2.39" and (found.top, found.bottom) == (92, 92)
    inside = found.inside(picture)
    assert inside.shape == (536, 1280, 3)
    assert found.as_record() == {
        "top": 92, "bottom": 92, "left": 0, "right": 0, "ratio": "2.39", "seen": True,
    }  # fmt: skip
