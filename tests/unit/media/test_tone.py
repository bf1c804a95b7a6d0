"""Tone curves: dark tones stay, white is white, nothing is clipped to grey."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animstudio.media.geometry import Geometry
from animstudio.media.tone import expand_luma, tone_map
from animstudio.media.views import to_eight_bits

# Code values of light in cd/m2, computed from ITU-R BT.2100-2 (HLG on a display of 1000 cd/m2).
PQ = {0: 0.0, 1: 0.14994, 10: 0.30156, 50: 0.44028, 203: 0.58069, 1000: 0.75183}
HLG = {0: 0.0, 1: 0.09740, 10: 0.25422, 50: 0.49716, 203: 0.74984, 1000: 1.0}


def mapped(code: float, transfer: str) -> list[int]:
    pixel = np.full((1, 1, 3), round(code * 65535), np.uint16)
    return tone_map(pixel, transfer)[0, 0].tolist()


@pytest.mark.parametrize(("transfer", "codes"), [("pq", PQ), ("hlg", HLG)])
def test_dark_tones_stay_as_they_are(transfer: str, codes: dict[int, float]):
    for nits in (0, 1, 10, 50):
        shown = 255 * (nits / 203) ** (1 / 2.2)
        assert mapped(codes[nits], transfer) == pytest.approx([shown] * 3, abs=2)


@pytest.mark.parametrize(("transfer", "codes"), [("pq", PQ), ("hlg", HLG)])
def test_white_is_white_with_room_above(transfer: str, codes: dict[int, float]):
    assert mapped(codes[203], transfer) == pytest.approx([229] * 3, abs=2)
    assert mapped(codes[1000], transfer) == [255] * 3
    assert mapped(1.0, transfer) == [255] * 3


@given(st.lists(st.floats(0, 1), min_size=2, max_size=2), st.sampled_from(["pq", "hlg"]))
def test_brighter_never_becomes_darker(codes: list[float], transfer: str):
    low, high = sorted(codes)
    assert mapped(low, transfer)[1] <= mapped(high, transfer)[1]


def geometry(transfer: str = "sdr", *, full: bool = False) -> Geometry:
    return Geometry(64, 48, 1, 0, False, transfer, 1, full)


def test_the_range_of_luma():
    studio = np.array([[0, 16, 126, 235, 255]], np.uint8)
    assert expand_luma(studio, geometry()).tolist() == [[0, 0, 128, 255, 255]]
    assert expand_luma(studio, geometry(full=True)).tolist() == studio.tolist()


def test_the_luma_of_high_dynamic_range_is_that_of_its_pictures():
    codes = np.array([[16, 90, 126, 143, 200, 235]], np.uint8)
    shown = expand_luma(codes, geometry("pq"))[0].tolist()
    assert shown == pytest.approx(
        [mapped((c - 16) / 219, "pq")[0] for c in codes[0].tolist()], abs=1
    )


def test_samples_of_more_bits():
    assert to_eight_bits(np.array([0, 512, 1023], np.uint16), 10).tolist() == [0, 128, 255]
    assert to_eight_bits(np.array([4095], np.uint16), 12).tolist() == [255]
    eight = np.array([7], np.uint8)
    assert to_eight_bits(eight, 8) is eight
