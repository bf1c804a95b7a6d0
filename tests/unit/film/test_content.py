import numpy as np
import pytest

from animstudio.film.content import ContentAnalyser
from animstudio.media.views import views_of_bgr
from tests.unit.film.drawn_films import flat, measure, place, shot


def row(*pictures):
    analyser = ContentAnalyser()
    return [analyser.see(views_of_bgr(p)) for p in pictures][-1]


def test_first_frame_differs_from_nothing():
    first = row(place(1)[:, :160])
    assert [first[k] for k in ("hue", "saturation", "value", "change", "novelty")] == [0] * 5
    assert first["signature"].shape == (9, 16, 3)
    assert first["luma"] > 0 and first["contrast"] > 0


def test_equal_pictures_differ_by_nothing():
    same = row(place(1)[:, :160], place(1)[:, :160])
    assert same["novelty"] == same["change"] == same["value"] == 0


def test_hue_is_an_angle():
    # 2 and 178 of 180 are 4 apart, not 176
    one = np.full((90, 160, 3), (0, 17, 255), np.uint8)
    other = np.full((90, 160, 3), (17, 0, 255), np.uint8)
    assert 0 < row(one, other)["hue"] < 8


def test_hue_of_greys_does_not_count():
    one, other = (
        np.full((90, 160, 3), (100, 100, 102), np.uint8),
        np.full((90, 160, 3), (102, 100, 100), np.uint8),
    )
    assert row(one, other)["hue"] < 2


def test_signature_is_the_picture_small():
    signature = row(flat(77, 1)[0])["signature"]
    assert np.all(signature == 77)


def test_a_pan_is_no_news_and_a_cut_is():
    wide = place(3)
    pan = row(wide[:, 20:180], wide[:, 30:190])
    cut = row(wide[:, 20:180], place(4)[:, :160])
    assert pan["change"] > 5
    assert pan["novelty"] < 0.1 < 0.3 < cut["novelty"]


def test_a_cut_in_the_dark_is_as_new_as_one_in_the_light():
    dark = measure([*shot(5, 1, dark=True), *shot(6, 1, dark=True)])
    assert dark.value[1] < 30
    assert dark.novelty[1] > 0.3


@pytest.mark.parametrize("size", [(90, 160), (120, 160), (160, 90), (67, 160), (1, 1), (2, 160)])
def test_any_shape(size):
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 255, (3, *size, 3)).astype(np.uint8)
    last = row(*pictures)
    assert all(np.all(np.isfinite(value)) for value in last.values())


def test_a_change_of_size_starts_again():
    assert row(place(1)[:, :160], place(2)[:60, :160])["novelty"] == 0
