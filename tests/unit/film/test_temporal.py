"""Continuity: abrupt changes and flicker, and neither in a fade."""

import numpy as np
import pytest

from animstudio.film.measures import Measures
from animstudio.film.shot import Shot, Transition
from animstudio.film.temporal import (
    Flicker,
    TemporalSpec,
    compare_neighbours,
    find_flicker,
    ssim,
)
from tests.unit.film.blank import blank_measures


def measures_with(luma: list[float], rate: int = 24) -> Measures:
    return blank_measures(len(luma), rate, luma=luma)


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(40, 200, (90, 160), dtype=np.uint8)


def test_ssim_of_a_picture_with_itself_is_one() -> None:
    plane = picture(1).astype(np.float32)
    assert ssim(plane, plane) == pytest.approx(1)
    assert ssim(plane, 255 - plane) < 0
    assert abs(ssim(plane, picture(2).astype(np.float32))) < 0.1
    assert ssim(np.zeros((1, 1), np.float32), np.zeros((1, 1), np.float32)) == pytest.approx(1)


def test_steps_between_pictures() -> None:
    one, other = picture(1), picture(2)
    brighter = one + np.uint8(20)
    same, abrupt, light = compare_neighbours([one, one, other, (other + 20).astype(np.uint8)])
    assert same.ssim == pytest.approx(1) and not same.abrupt and not same.flicker
    assert abrupt.abrupt and not abrupt.flicker
    assert light.flicker and light.jump == pytest.approx(20) and not light.abrupt
    assert compare_neighbours([one, brighter], TemporalSpec(flicker_levels=30))[0].flicker is False
    assert compare_neighbours([one]) == [] and compare_neighbours([]) == []
    assert light.as_record()["jump"] == 20.0


def test_pictures_of_different_size_compare() -> None:
    large = np.kron(picture(1), np.ones((4, 4), np.uint8))
    assert compare_neighbours([large, large[:, :480]])[0].ssim < 0.9


def test_a_flash_and_a_strobe_flicker() -> None:
    luma = [100.0] * 10 + [180] + [100] * 9 + [60, 120, 60, 120, 60] + [60] * 5
    assert find_flicker(measures_with(luma), [Shot(1, 0, 30)]) == [
        Flicker(1, 10, 11, 2, 80.0),
        Flicker(1, 20, 24, 5, 60.0),
    ]


def test_animation_on_twos_flickers_too() -> None:
    luma = [100.0, 100, 130, 130, 100, 100, 130, 130, 100, 100]
    found = find_flicker(measures_with(luma), [Shot(1, 0, 10)])
    assert [(event.start, event.end, event.swings) for event in found] == [(2, 8, 4)]


@pytest.mark.parametrize("luma", [
    list(np.linspace(200, 0, 12)),
    [60.0] * 12 + [140.0] * 12,
    [60.0] * 10 + [140.0] * 20 + [60.0] * 10,
    [100.0, 105.0] * 10,
    [100.0], [],
])  # fmt: skip
def test_fades_and_lamps_do_not(luma: list[float]) -> None:
    assert find_flicker(measures_with(luma), [Shot(1, 0, len(luma))]) == []


def test_cuts_and_transitions_are_no_flicker() -> None:
    luma = [50.0] * 6 + [150.0] * 3 + [50.0] * 6
    cut = [Shot(1, 0, 6), Shot(2, 6, 9), Shot(3, 9, 15)]
    assert find_flicker(measures_with(luma), cut) == []
    fade = [Shot(1, 0, 9, closing=Transition("dissolve", 6, 12))]
    assert find_flicker(measures_with(luma), fade) == []


def test_spans_are_seconds_not_frames() -> None:
    luma = [100.0] * 5 + [150.0] * 10 + [100.0] * 5
    assert find_flicker(measures_with(luma, rate=24), [Shot(1, 0, 20)]) == []
    assert len(find_flicker(measures_with(luma, rate=60), [Shot(1, 0, 20)])) == 1
