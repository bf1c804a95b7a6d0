"""Composition: what is drawn is what is said."""

import json
import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from animstudio.film.composition import (
    Composition,
    CompositionSpec,
    Subject,
    Swatch,
    compose,
    film_palette,
)
from animstudio.film.composition.framing import shot_size
from animstudio.film.composition.palette import weighted_kmeans
from animstudio.film.composition.score import WEIGHTS
from animstudio.film.composition.subjects import otsu

WIDE, HIGH = 960, 540


def meadow(seed: int = 1, amount: float = 14) -> np.ndarray:
    """Draw a green ground with texture at every scale."""
    rng = np.random.default_rng(seed)
    ground = np.full((HIGH, WIDE, 3), (70, 150, 90), np.float32)
    for cells in (12, 40, 120, 480):
        noise = rng.normal(0, amount / 2, (cells * 9 // 16 + 1, cells, 3)).astype(np.float32)
        ground += cv2.resize(noise, (WIDE, HIGH), interpolation=cv2.INTER_CUBIC)
    return np.clip(ground, 0, 255).astype(np.uint8)


def with_figure(picture: np.ndarray, x: float, y: float, height: float) -> np.ndarray:
    """Draw a person in red and blue around (x, y), `height` of the picture tall."""
    drawn = picture.copy()
    mid, tall = round(x * WIDE), round(height * HIGH)
    top = round(y * HIGH) - tall // 2

    def box(left: float, upper: float, right: float, lower: float, colour: tuple) -> None:
        first = (mid + round(left * tall), top + round(upper * tall))
        last = (mid + round(right * tall), top + round(lower * tall))
        cv2.rectangle(drawn, first, last, colour, -1)

    face = (round(0.1 * tall), round(0.13 * tall))
    cv2.ellipse(drawn, (mid, top + face[1]), face, 0, 0, 360, (140, 170, 225), -1, cv2.LINE_AA)
    box(-0.14, 0.26, 0.14, 0.62, (40, 40, 200))
    box(-0.12, 0.62, -0.02, 1, (150, 60, 30))
    box(0.02, 0.62, 0.12, 1, (150, 60, 30))
    return drawn


def iou(found: Subject, x: float, y: float, height: float) -> float:
    """Return the overlap of a subject's box with the figure's, over their union."""
    width = 0.28 * height * HIGH / WIDE
    across = min(found.x + found.width, x + width / 2) - max(found.x, x - width / 2)
    down = min(found.y + found.height, y + height / 2) - max(found.y, y - height / 2)
    both = max(0.0, across) * max(0.0, down)
    return both / (found.width * found.height + width * height - both)


@pytest.mark.parametrize(("x", "y", "height"), [
    (1 / 3, 0.5, 0.6), (0.5, 0.5, 0.8), (0.7, 0.55, 0.4), (2 / 3, 2 / 3, 0.3),
])  # fmt: skip
@pytest.mark.parametrize("seed", [1, 2])
def test_a_figure_is_found_where_it_stands(x: float, y: float, height: float, seed: int) -> None:
    said = compose(with_figure(meadow(seed), x, y, height))
    assert iou(said.subjects[0], x, y, height) > 0.5


def test_two_figures_are_two_subjects() -> None:
    drawn = with_figure(with_figure(meadow(), 0.3, 0.5, 0.6), 0.7, 0.5, 0.6)
    boxes = sorted(compose(drawn).subjects, key=lambda subject: subject.x)
    assert len(boxes) == 2
    assert iou(boxes[0], 0.3, 0.5, 0.6) > 0.5 and iou(boxes[1], 0.7, 0.5, 0.6) > 0.5


def test_a_subject_on_a_power_point_scores_higher() -> None:
    on_point = compose(with_figure(meadow(), 1 / 3, 1 / 3, 0.3))
    for x, y in ((0.5, 0.5), (0.05, 0.5), (0.5, 0.12)):
        elsewhere = compose(with_figure(meadow(), x, y, 0.3))
        assert on_point.thirds > elsewhere.thirds
        assert on_point.power_points > elsewhere.power_points + 0.1
        assert on_point.subject_score > elsewhere.subject_score
    assert on_point.score > compose(with_figure(meadow(), 0.05, 0.5, 0.3)).score


def test_edges_on_third_lines_count() -> None:
    on, off = (np.full((HIGH, WIDE, 3), 120, np.uint8) for _ in range(2))
    cv2.line(on, (WIDE // 3, 0), (WIDE // 3, HIGH), (250, 250, 250), 4)
    cv2.line(off, (WIDE // 2, 0), (WIDE // 2, HIGH), (250, 250, 250), 4)
    assert compose(on).third_lines > 0.8
    assert compose(off).third_lines < 0.4


def test_a_symmetrical_picture_rests() -> None:
    half = meadow()[:, : WIDE // 2]
    both = np.hstack([half, half[:, ::-1]])
    whole = np.vstack([both[: HIGH // 2], both[: HIGH // 2][::-1]])
    said = compose(whole)
    assert said.left_right > 0.98 and said.top_bottom > 0.98 and said.balance > 0.98


def test_a_lopsided_picture_does_not() -> None:
    bare = np.full((HIGH, WIDE, 3), (240, 235, 230), np.uint8)
    cv2.circle(bare, (100, 90), 60, (30, 30, 200), -1, cv2.LINE_AA)
    said = compose(bare)
    assert said.left_right < 0.2 and said.top_bottom < 0.3 and said.balance < 0.2


def test_a_known_palette_comes_back() -> None:
    truth = {"#d04030": 0.40, "#3050b0": 0.25, "#f0e0a0": 0.20, "#206040": 0.10, "#202020": 0.05}
    picture = np.zeros((HIGH, WIDE, 3), np.uint8)
    start = 0
    for name, share in truth.items():
        end = start + round(share * WIDE)
        red, green, blue = (int(name[at : at + 2], 16) for at in (1, 3, 5))
        picture[:, start:end] = (blue, green, red)
        start = end
    noisy = picture + np.random.default_rng(0).normal(0, 3, picture.shape)
    said = compose(np.clip(noisy, 0, 255).astype(np.uint8)).palette
    assert [swatch.share for swatch in said] == pytest.approx(list(truth.values()), abs=0.02)
    for swatch, name in zip(said, truth, strict=True):
        channels = [[int(text[at : at + 2], 16) for at in (1, 3, 5)] for text in (swatch.hex, name)]
        assert channels[0] == pytest.approx(channels[1], abs=6)


def test_a_film_palette_weighs_its_pictures() -> None:
    red, blue = (
        Swatch("#ff0000", (53.2, 80.1, 67.2), 1.0),
        Swatch("#0000ff", (32.3, 79.2, -107.9), 1.0),
    )
    film = film_palette([[red], [blue], [red]], [1, 3, 1])
    assert [(swatch.hex, round(swatch.share, 3)) for swatch in film] == [
        ("#0000ff", 0.6), ("#ff0000", 0.4),
    ]  # fmt: skip
    assert film_palette([]) == () and film_palette([[red]], [0]) == ()
    assert film_palette([[red], [blue], [red]])[0].hex == "#ff0000"


def test_kmeans_finds_clusters_and_keeps_all_weight() -> None:
    rng = np.random.default_rng(4)
    truth = np.array([[0, 0, 0], [50, 0, 0], [0, 60, 10]])
    points = np.concatenate([rng.normal(centre, 1, (30, 3)) for centre in truth])
    centres, weight = weighted_kmeans(points, np.full(90, 1 / 90), 3)
    assert sorted(np.rint(weight * 90).tolist()) == [30, 30, 30]
    assert all(np.linalg.norm(centres - centre, axis=1).min() < 1 for centre in truth)


@pytest.mark.parametrize("angle", [0, 12, 37, 60, 90, 118, 151, 178])
def test_a_leading_line_has_its_angle(angle: int) -> None:
    turn = math.radians(angle)
    dx, dy = 230 * math.cos(turn), -230 * math.sin(turn)
    ends = [(round(480 + side * dx), round(270 + side * dy)) for side in (-1, 1)]
    picture = np.full((HIGH, WIDE, 3), (40, 30, 20), np.uint8)
    cv2.line(picture, ends[0], ends[1], (200, 220, 240), 8, cv2.LINE_AA)
    line = compose(picture).lines[0]
    away = abs(line.angle - angle) % 180
    assert min(away, 180 - away) < 3 and 0 <= line.angle < 180


def test_a_road_leads_both_ways() -> None:
    road = np.full((HIGH, WIDE, 3), (60, 140, 80), np.uint8)
    corners = np.array([[470, 100], [490, 100], [WIDE - 100, HIGH], [100, HIGH]])
    cv2.fillPoly(road, [corners], (90, 90, 90), cv2.LINE_AA)
    right = math.degrees(math.atan2(440, 370))
    assert sorted(line.angle for line in compose(road).lines) == pytest.approx(
        [right, 180 - right], abs=3
    )


def test_planes_of_a_landscape_are_deeper_than_a_wall() -> None:
    wall = compose(meadow())
    far = cv2.GaussianBlur(meadow(), (0, 0), 12)
    land = np.clip(far.astype(int) * 0.4 + (140, 120, 110), 0, 255).astype(np.uint8)
    land[HIGH // 2 :] = meadow(2, 25)[HIGH // 2 :]
    assert compose(land).depth > wall.depth + 0.2


def test_brightness_contrast_saturation() -> None:
    half = np.zeros((60, 80, 3), np.uint8)
    half[:, 40:] = 255
    said = compose(half)
    assert (said.brightness, said.contrast) == pytest.approx((0.5, 1.0), abs=0.01)
    assert said.saturation == 0
    assert compose(np.full((60, 80, 3), (0, 0, 255), np.uint8)).saturation == 1


@pytest.mark.parametrize(("y", "height", "area", "skin", "size"), [
    (0.5, 0.1, 0.02, 0, "extreme_wide"), (0.4, 0.3, 0.1, 0, "wide"),
    (0.1, 0.8, 0.2, 0, "medium_wide"), (0.6, 0.4, 0.1, 0, "medium_wide"),
    (0.4, 0.6, 0.2, 0, "medium"), (0.2, 0.8, 0.3, 0, "medium_close_up"),
    (0.1, 0.9, 0.4, 0, "close_up"), (0, 1, 0.7, 0, "extreme_close_up"),
    (0.3, 0.3, 0.05, 0.8, "medium_close_up"), (0.2, 0.6, 0.2, 0.8, "close_up"),
    (0, 0.8, 0.4, 0.8, "extreme_close_up"),
])  # fmt: skip
def test_shot_sizes(y: float, height: float, area: float, skin: float, size: str) -> None:
    assert shot_size([Subject(0.4, y, 0.2, height, area, 0.8, skin)], 16 / 9) == size


def test_no_subject_has_no_shot_size() -> None:
    said = compose(np.full((90, 160, 3), 128, np.uint8))
    assert said.subjects == () and said.shot_size is None and said.subject_score == 0


def test_noise_has_no_subject() -> None:
    noise = np.random.default_rng(7).integers(0, 256, (HIGH, WIDE, 3), dtype=np.uint8)
    assert compose(noise).subjects == ()


def test_the_score_is_its_parts() -> None:
    said = compose(with_figure(meadow(), 0.4, 0.5, 0.5))
    parts = (said.thirds, said.balance, said.depth, said.subject_score)
    assert said.score == pytest.approx(np.dot(parts, (0.30, 0.25, 0.20, 0.25)))
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def test_the_spec_rules() -> None:
    drawn = with_figure(with_figure(meadow(), 0.3, 0.5, 0.6), 0.7, 0.5, 0.6)
    said = compose(drawn, CompositionSpec(subjects=1, colours=3))
    assert len(said.subjects) == 1 and len(said.palette) == 3
    assert compose(drawn, CompositionSpec(subject_min_area=0.5)).subjects == ()


def test_only_bgr_pictures() -> None:
    for wrong in ((4, 4), (0, 4, 3), (4, 4, 4)):
        with pytest.raises(ValueError, match="BGR"):
            compose(np.zeros(wrong, np.uint8))


def test_otsu_parts_two_groups() -> None:
    levels = np.array([10] * 50 + [12] * 30 + [200] * 15 + [210] * 10, np.uint8)
    assert 12 <= otsu(levels) < 200


SHARES = (
    "score", "thirds", "third_lines", "power_points", "balance", "left_right", "top_bottom",
    "depth", "subject_score", "brightness", "contrast", "saturation",
)  # fmt: skip

pictures = st.tuples(st.integers(1, 48), st.integers(1, 48)).flatmap(
    lambda size: hnp.arrays(np.uint8, (*size, 3))
)


def check(said: Composition) -> None:
    assert all(0 <= getattr(said, name) <= 1 for name in SHARES)
    assert 1 <= len(said.palette) <= 5
    assert sum(swatch.share for swatch in said.palette) == pytest.approx(1)
    for subject in said.subjects:
        assert 0 <= subject.x < subject.x + subject.width <= 1 + 1e-9
        assert 0 <= subject.y < subject.y + subject.height <= 1 + 1e-9
        assert 0 < subject.area <= 0.8 and 0 < subject.score <= 1 and 0 <= subject.skin <= 1
    assert all(0 <= line.angle < 180 for line in said.lines)
    assert json.loads(json.dumps(said.as_record(), allow_nan=False)) == said.as_record()


@settings(max_examples=60, deadline=None)
@given(pictures)
def test_any_picture_has_an_answer_in_range(picture: np.ndarray) -> None:
    check(compose(picture))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4))
def test_a_mirrored_picture_is_judged_alike(seed: int, discs: int) -> None:
    rng = np.random.default_rng(seed)
    picture = np.full((90, 160, 3), rng.integers(0, 256, 3), np.uint8)
    for _ in range(discs):
        centre = (int(rng.integers(160)), int(rng.integers(90)))
        cv2.circle(picture, centre, int(rng.integers(4, 30)), rng.integers(0, 256, 3).tolist(), -1)
    said, mirrored = compose(picture), compose(np.ascontiguousarray(picture[:, ::-1]))
    check(said)
    for name in SHARES:
        assert getattr(said, name) == pytest.approx(getattr(mirrored, name), abs=1e-3), name
    assert [swatch.hex for swatch in said.palette] == [swatch.hex for swatch in mirrored.palette]
    here = sorted((subject.x + subject.width / 2, subject.y) for subject in said.subjects)
    there = sorted((1 - other.x - other.width / 2, other.y) for other in mirrored.subjects)
    assert np.array(here).ravel() == pytest.approx(np.array(there).ravel(), abs=0.01)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 2), (3, 700), (700, 3)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_flat_and_tiny_pictures(shape: tuple[int, int], level: int) -> None:
    said = compose(np.full((*shape, 3), level, np.uint8))
    check(said)
    assert said.balance == 1 and said.thirds == 0 and len(said.palette) == 1
