"""Measures against planted faults of known strength, and cheap ones against those in full."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PIL import ImageFilter

from animstudio.dataset.quality import bands
from animstudio.dataset.quality.exposure import exposure_of
from animstudio.dataset.quality.letterbox import bar_share, bars_of
from animstudio.dataset.quality.noise import noise_level
from animstudio.dataset.quality.sharpness import edge_width
from animstudio.dataset.spec import InspectSpec
from animstudio.media.views import Bytes
from tests.unit.dataset.drawn import drawing

SIZE = (1024, 768)


def luma(seed: int, blur: float = 0.0, noise: float = 0.0) -> Bytes:
    picture = drawing(seed, SIZE).convert("L")
    if blur:
        picture = picture.filter(ImageFilter.GaussianBlur(blur))
    plane = np.asarray(picture, np.float64)
    grain = np.random.default_rng(seed).normal(0, noise, plane.shape) if noise else 0
    return np.clip(plane + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("seed", [1, 2])
def test_edges_widen_with_blur_and_the_limit_parts_soft_from_sharp(seed: int) -> None:
    widths = [edge_width(luma(seed, blur)) or 0 for blur in (0, 1, 2, 3, 4)]
    assert all(less < more for less, more in pairwise(widths))
    assert widths[1] < 1.2 and widths[3] > InspectSpec().max_softness


@pytest.mark.parametrize("noise", [0, 3, 8, 16])
def test_noise_is_measured_in_levels_whatever_is_drawn(noise: float) -> None:
    assert noise_level(luma(3, noise=noise)) == pytest.approx(noise, rel=0.1, abs=0.1)


@pytest.mark.parametrize(("blur", "noise"), [(0, 0), (1.5, 0), (3, 0), (0, 10)])
def test_half_of_the_bands_tell_what_all_tell(
    blur: float, noise: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    plane = luma(4, blur, noise)
    width, grain = edge_width(plane), noise_level(plane)
    assert width is not None
    monkeypatch.setattr(bands, "TALL", 10_000)
    assert width == pytest.approx(edge_width(plane), rel=0.08)
    assert grain == pytest.approx(noise_level(plane), rel=0.05, abs=0.05)


def test_a_cut_out_is_not_sharp_by_its_border() -> None:
    plane = luma(5, blur=4)
    mask = np.zeros(plane.shape, np.bool_)
    mask[200:600, 300:800] = True
    cut = np.where(mask, plane, 127).astype(np.uint8)
    width = edge_width(cut, mask)
    assert width is not None and width > InspectSpec().max_softness


def test_nothing_is_said_of_edges_where_there_are_none() -> None:
    flat = np.full((300, 300), 90, np.uint8)
    assert edge_width(flat) is None and noise_level(flat) == 0
    assert exposure_of(flat).entropy == 0


def test_exposure_asks_percentiles_and_masks() -> None:
    plane = np.repeat(np.arange(256, dtype=np.uint8)[None], 64, axis=0)
    found = exposure_of(plane)
    assert found.dark == pytest.approx(0.99, abs=0.01)
    assert found.light == pytest.approx(0.05, abs=0.01)
    assert found.entropy == pytest.approx(8) and found.clipped == pytest.approx(4 / 256)
    dark = exposure_of(plane, plane < 26)
    assert dark.dark < 0.11


def test_bars_are_found_on_opposite_sides_only() -> None:
    plane = luma(6)
    plane[:90] = plane[-90:] = 4
    assert bars_of(plane)[:2] == (90, 90)
    assert bar_share(plane) == pytest.approx(180 / 768)
    plane[-90:] = luma(6)[-90:]
    assert bars_of(plane)[:2] == (90, 0) and bar_share(plane) == 0
    assert bars_of(np.zeros((200, 200), np.uint8)) == (0, 0, 0, 0)
