"""Sharpness ranks frames as the full Laplacian does; bars are seen, and only bars."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animstudio.film.sharpness import SharpnessAnalyser, see_bars, see_sharpness
from animstudio.media.views import HalfRows, Views, halve, spread, views_of_bgr


def scene(seed: int, height: int = 360, width: int = 640) -> np.ndarray:
    """Draw a busy picture: soft colour fields, discs, lines and some grain."""
    rng = np.random.default_rng(seed)
    field = rng.uniform(60, 220, (5, 8, 3)).astype(np.float32)
    picture = cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(40):
        x, y, size = int(rng.integers(width)), int(rng.integers(height)), int(rng.integers(4, 40))
        colour = rng.uniform(40, 255, 3).tolist()
        cv2.circle(picture, (x, y), size, colour, -1, cv2.LINE_AA)
        end = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.line(picture, (x, y), end, colour, 1 + size // 20, cv2.LINE_AA)
    picture += rng.normal(0, 2, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def full_sharpness(picture: np.ndarray) -> float:
    return float(cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.CV_64F).var())


def ranks(values: list[float]) -> np.ndarray:
    return np.argsort(np.argsort(values))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ranks_the_frames_of_a_shot_as_the_full_picture_would(seed: int) -> None:
    picture = scene(seed)
    frames = [picture] + [
        cv2.GaussianBlur(picture, (0, 0), s) for s in (0.5, 0.8, 1.2, 1.8, 2.6, 4)
    ]
    frames += [cv2.blur(picture, (length, 1)) for length in (4, 9, 19)]
    frames = [np.roll(frame, 3 * place, axis=1) for place, frame in enumerate(frames)]
    seen = [float(SharpnessAnalyser().see(views_of_bgr(frame))["sharpness"]) for frame in frames]
    full = [full_sharpness(frame) for frame in frames]
    assert np.corrcoef(ranks(seen), ranks(full))[0, 1] > 0.95


def test_is_near_the_variance_of_the_whole_half_size_laplacian() -> None:
    views = views_of_bgr(scene(4, 1080, 1920))
    whole = float(cv2.Laplacian(views.fine, cv2.CV_64F)[1:-1, 1:-1].var())
    assert see_sharpness(views.fine, see_bars(views.fine)) == pytest.approx(whole, rel=0.1)


def test_the_edge_of_a_bar_is_no_detail() -> None:
    soft = np.full((360, 640, 3), 200, np.uint8)
    soft[:48] = soft[-48:] = 0
    assert SharpnessAnalyser().see(views_of_bgr(soft))["sharpness"] == 0
    pillars = np.full((360, 640, 3), 200, np.uint8)
    pillars[:, :80] = pillars[:, -80:] = 0
    assert SharpnessAnalyser().see(views_of_bgr(pillars))["sharpness"] == 0


@pytest.mark.parametrize(("top", "bottom", "left", "right"), [
    (0, 0, 0, 0), (46, 46, 0, 0), (0, 0, 80, 80), (40, 52, 0, 0), (30, 30, 60, 60),
])  # fmt: skip
def test_bars_are_seen_where_they_are(top: int, bottom: int, left: int, right: int) -> None:
    picture = scene(5)
    picture[:top] = 0
    picture[360 - bottom :] = 0
    picture[:, :left] = 0
    picture[:, 640 - right :] = 0
    noise = np.random.default_rng(0).integers(0, 9, picture.shape, dtype=np.uint8)
    picture = np.maximum(picture, 12 + noise)
    found = see_bars(views_of_bgr(picture).fine) * (360, 360, 640, 640)
    assert found == pytest.approx([top, bottom, left, right], abs=1)


@given(st.integers(0, 400), st.integers(0, 400), st.sampled_from([720, 816, 1080, 1600, 2160]))
@settings(max_examples=60, deadline=None)
def test_bars_are_exact_though_few_rows_are_read(top: int, bottom: int, height: int) -> None:
    top, bottom = (min(bar, round(0.4 * height)) for bar in (top, bottom))
    plane = np.full((height, 64), 200, np.uint8)
    plane[:top] = plane[height - bottom :] = 16
    rows, apart = spread(plane, 180)
    found = see_bars(halve(rows), HalfRows(plane), apart) * height
    for seen, bar in zip(found[:2].tolist(), (top, bottom), strict=True):
        unread = seen == 0 and bar < 2 * apart  # less than a dirty edge, and in no row
        assert unread or seen == pytest.approx(bar, abs=2)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_few_rows_show_the_bars_that_all_rows_show(seed: int) -> None:
    """Of any size, odd ones too, with bars anywhere, in noise."""
    random = np.random.default_rng(seed)
    height, width = (int(n) for n in random.integers((2, 8), (1300, 240)))
    top, bottom = (int(n) for n in random.integers(0, max(1, height * 42 // 100), 2))
    left, right = (int(n) for n in random.integers(0, max(1, width * 42 // 100), 2))
    plane = random.integers(16, 22, (height, width)).astype(np.uint8)
    lit = plane[top : height - bottom, left : width - right]
    lit[...] = random.integers(90, 200, lit.shape)
    rows, apart = spread(plane, max(1, round(height * min(1, 320 / max(height, width)))))
    few, all_ = see_bars(halve(rows), HalfRows(plane), apart), see_bars(halve(plane))
    for seen, bar in zip(few.tolist(), all_.tolist(), strict=True):
        unread = seen == 0 and bar * height < 2 * apart
        assert unread or seen == pytest.approx(bar, abs=1e-6, nan_ok=True)


def test_a_dark_frame_tells_nothing() -> None:
    assert np.isnan(see_bars(np.full((180, 320), 20, np.uint8))).all()


def test_a_soft_dark_edge_is_night_and_no_bar() -> None:
    y = np.abs(np.linspace(-1, 1, 180))[:, None]
    night = np.clip(180 - 190 * y + 0 * np.zeros((180, 320)), 0, 255)
    night[:, :150] *= 0.5
    lamp = night.copy()
    lamp[5, 40:43] = 250
    for luma in (night, lamp):
        bars = see_bars(luma.astype(np.uint8))
        assert np.isnan(bars).all() or bars[0] < 0.04


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (3, 3), (1, 40), (40, 1), (4, 5)])
@pytest.mark.parametrize("level", [0, 40, 255])
def test_tiny_pictures_have_answers(shape: tuple[int, int], level: int) -> None:
    luma = np.full(shape, level, np.uint8)
    seen = SharpnessAnalyser().see(Views(luma, luma, luma, np.dstack([luma] * 3)))
    assert seen["sharpness"] == 0
    bars = np.asarray(seen["bars"])
    assert bars.shape == (4,) and bars.dtype == np.float32
    assert np.isnan(bars).all() or not bars.any()


@pytest.mark.parametrize("height", [3, 41, 721])
def test_bars_of_a_film_one_pixel_wide(height):
    column = np.full((height, 1), 120, np.uint8)
    column[-(height // 3) :] = 16
    rows, apart = spread(column, max(1, height // 5))
    bars = see_bars(halve(rows), HalfRows(column), apart)
    assert len(HalfRows(column)[0:height]) == height // 2
    assert np.array_equal(bars, see_bars(halve(column)), equal_nan=True)
