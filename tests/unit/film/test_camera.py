"""What a shot's camera is said to do, from made-up measures and from encoded films."""

import json
import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from animstudio.film.camera import CameraSpec, as_record, describe_camera
from animstudio.film.motion import MotionAnalyser
from animstudio.film.shot import Shot, Transition
from animstudio.media.decode import Decoder
from animstudio.media.encode import write_film
from animstudio.media.probe import probe
from tests.unit.film.blank import blank_measures


def measures(n, rate=24, pts=None, **columns):
    return blank_measures(n, rate, pts=pts, **columns)


def describe(n, shot=None, spec=CameraSpec(), **columns):
    return describe_camera(measures(n, **columns), [shot or Shot(1, 0, n)], spec)[0]


@pytest.mark.parametrize(
    ("columns", "kind", "direction"),
    [
        ({}, "static", "none"),
        ({"tx": -0.01}, "pan", "right"),
        ({"tx": 0.01}, "pan", "left"),
        ({"ty": -0.01}, "tilt", "down"),
        ({"ty": 0.01}, "tilt", "up"),
        ({"scale": 1.01}, "zoom", "in"),
        ({"scale": 0.99}, "zoom", "out"),
        ({"angle": 1}, "roll", "counterclockwise"),
        ({"angle": -1}, "roll", "clockwise"),
        ({"tx": 0.01, "ty": 0.01}, "pan_tilt", "left_up"),
        ({"tx": -0.01, "scale": 1.01}, "complex", "right_in"),
        ({"tx": -0.01, "ty": -0.01, "angle": 1}, "complex", "right_down_counterclockwise"),
        ({"tx": -0.01, "ty": 0.001}, "pan", "right"),
    ],
)
def test_kinds_and_directions_are_the_cameras(columns, kind, direction):
    move = describe(49, **columns)
    assert (move.kind, move.direction) == (kind, direction)


def test_totals_are_the_cameras():
    move = describe(25, tx=-0.01, ty=0.02, scale=1.02, angle=0.5)
    assert move.pan == pytest.approx(0.24)
    assert move.tilt == pytest.approx(-0.48)
    assert move.zoom == pytest.approx(1.02**24)
    assert move.roll == pytest.approx(-12)
    assert move.speed == pytest.approx(24 * math.hypot(0.01, 0.02))


@pytest.mark.parametrize("rate", [12, 24, 25, 60])
def test_thresholds_do_not_depend_on_the_rate(rate):
    """0.4 pixels a frame at 1920 and 24 a second is static, 0.7 on and on is a pan."""
    pixel = 24 / 1920 / rate
    assert describe(5 * rate, rate=rate, tx=0.4 * pixel).kind == "static"
    assert describe(5 * rate, rate=rate, tx=0.7 * pixel).kind == "pan"


def test_a_short_shot_pans_when_it_is_fast():
    pixel = 1 / 1920
    assert describe(7, tx=1.5 * pixel).kind == "static"
    assert describe(7, tx=2.5 * pixel).kind == "pan"


def test_a_zoom_counts_from_five_percent():
    assert describe(49, scale=1.04 ** (1 / 48)).kind == "static"
    assert describe(49, scale=1.06 ** (1 / 48)).kind == "zoom"
    assert describe(49, scale=1.06 ** (1 / 48), spec=CameraSpec(zoom_above=0.1)).kind == "static"


def test_a_variable_frame_rate_is_timed_by_its_clock():
    steps = np.tile([1, 3], 24)
    pts = np.concatenate([[0], np.cumsum(steps)])
    move = describe(49, pts=pts, tx=np.concatenate([[0], -0.005 * steps]))
    assert move.speed == pytest.approx(0.005 * 24)
    assert move.smoothness == pytest.approx(1, abs=0.01)
    assert move.path[-1].seconds == pytest.approx(96 / 24)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_shortest_shots(n):
    move = describe(10, shot=Shot(4, 3, 3 + n), tx=np.float32([0, 0, 0, 9, 0, 0, 0, 0, 0, 0]))
    assert (move.shot, move.kind, move.direction, move.style) == (4, "static", "none", "static")
    assert move.confidence == (1 if n > 1 else 0)
    assert len(move.path) == n


def test_a_shot_made_of_transitions_only_is_static_without_confidence():
    shot = Shot(1, 0, 10, Transition("fade_in", 0, 5), Transition("dissolve", 5, 15))
    move = describe(20, shot=shot, tx=-0.02)
    assert (move.kind, move.confidence, len(move.path)) == ("static", 0, 1)


def test_transitions_and_the_cut_itself_are_left_out():
    tx = np.zeros(60, np.float32)
    tx[20:30], tx[40:50] = 0.3, -0.2
    shot = Shot(1, 25, 45, Transition("dissolve", 20, 30), Transition("dissolve", 40, 50))
    assert describe(60, shot=shot, tx=tx).pan == 0
    tx[10] = 0.4
    assert describe(60, shot=Shot(2, 10, 20), tx=tx).pan == 0


def test_every_shot_has_a_move():
    m = measures(90, tx=np.repeat([0, 0.01, -0.01], 30))
    moves = describe_camera(m, [Shot(i + 1, 30 * i, 30 * i + 30) for i in range(3)])
    assert [(m.shot, m.direction) for m in moves] == [(1, "none"), (2, "left"), (3, "right")]


def test_short_gaps_are_bridged_and_long_ones_rest():
    tx, support = np.full(49, -0.01, np.float32), np.ones(49, np.float32)
    tx[20:22], support[20:22] = 0, 0
    move = describe(49, tx=tx, support=support)
    assert move.pan == pytest.approx(0.48)
    assert move.confidence == pytest.approx(46 / 48)
    tx[10:40], support[10:40] = 0, 0
    assert describe(49, tx=tx, support=support).pan == pytest.approx(0.18)


def test_nothing_measured_is_static_without_confidence():
    move = describe(30, support=0)
    assert (move.kind, move.confidence) == ("static", 0)


def test_there_and_back_is_complex_and_has_no_direction():
    move = describe(49, tx=np.repeat([0.01, -0.01], [24, 25]))
    assert (move.kind, move.direction) == ("complex", "none")


def hand(n, size):
    at = np.arange(n) / 24
    way = size * (np.sin(2 * np.pi * 2.9 * at) + np.sin(2 * np.pi * 4.3 * at + 1))
    return np.diff(way, prepend=0)


def test_styles():
    assert describe(97).style == "static"
    assert describe(97, tx=-0.005).style == "smooth"
    assert describe(97, tx=np.arange(97) % 2 * -0.01).style == "smooth"
    assert describe(97, tx=np.arange(97) % 3 // 2 * -0.015).style == "smooth"
    assert describe(97, tx=-0.06).style == "dynamic"
    assert describe(97, tx=hand(97, 0.003)).style == "handheld"
    assert describe(97, tx=hand(97, 0.003) - 0.005).style == "handheld"
    whip = np.zeros(97)
    whip[40:46] = -0.15
    assert describe(97, tx=whip).style == "dynamic"


def test_smoothness_orders_hands_and_heads():
    steady, shaky = (describe(97, tx=-0.005 + hand(97, s)).smoothness for s in (0.0005, 0.005))
    assert 0 <= shaky < steady <= 1


def test_the_path_is_drawn_in_the_first_frames_widths():
    move = describe(101, tx=-0.01, scale=1.01)
    assert len(move.path) == 12
    first, last = move.path[0], move.path[-1]
    assert (first.seconds, first.x, first.y, first.zoom, first.roll) == (0, 0, 0, 1, 0)
    assert last.seconds == pytest.approx(100 / 24)
    assert last.zoom == pytest.approx(1.01**100, rel=1e-4)
    # Each step is as wide on screen, and so ever smaller in the picture that grows.
    assert last.x == pytest.approx(sum(0.01 / 1.01**i for i in range(1, 101)), rel=1e-4)


def test_subject_motion_is_a_speed():
    residual = np.arange(49) % 2 * 0.01
    assert describe(49, residual=residual).subject_motion == pytest.approx(0.12)


@given(
    st.floats(-0.03, 0.03),
    st.floats(-0.03, 0.03),
    st.floats(0.98, 1.02),
    st.floats(-1.5, 1.5),
)
def test_a_mirrored_film_is_described_as_mirrored(tx, ty, scale, angle):
    there = describe(30, tx=tx, ty=ty, scale=scale, angle=angle)
    back = describe(30, tx=-tx, ty=ty, scale=scale, angle=-angle)
    swap = {"left": "right", "right": "left", "clockwise": "counterclockwise"}
    swap |= {"counterclockwise": "clockwise"}
    words = [swap.get(word, word) for word in there.direction.split("_")]
    assert (back.kind, back.direction) == (there.kind, "_".join(words))
    assert (back.pan, back.tilt, back.roll) == (-there.pan, there.tilt, -there.roll)


def test_records_are_json_in_snake_case():
    record = as_record(describe(49, tx=-0.01, residual=1 / 3))
    assert json.loads(json.dumps(record)) == record
    assert record["kind"] == "pan"
    assert record["pan"] == 0.48
    assert set(record["path"][0]) == {"seconds", "x", "y", "zoom", "roll"}


def test_the_spec_refuses_what_cannot_be():
    with pytest.raises(ValidationError):
        CameraSpec(travel_above=-1)
    with pytest.raises(ValidationError):
        CameraSpec(zooom=0.1)


# Real H.264: the small copy of benchmarks/camera.

SIZE = (320, 180)


def world():
    """Return a drawing (360, 640, 3): flat shapes with outlines over a sky."""
    rng = np.random.default_rng(11)
    picture = np.full((360, 640, 3), (230, 200, 160), np.uint8)
    for _ in range(70):
        x, y = rng.uniform([0, 0], [640, 360])
        axes = rng.integers(6, 34, 2).tolist()
        box = ((x, y), axes, rng.uniform(0, 180))
        corners = [cv2.boxPoints(box).round().astype(np.int32)]
        cv2.fillPoly(picture, corners, rng.integers(30, 250, 3).tolist(), cv2.LINE_AA)
        cv2.polylines(picture, corners, True, (20, 20, 20), 1, cv2.LINE_AA)
    return picture


def filmed(n, *, pan=0.0, tilt=0.0, zoom=1.0, roll=0.0, twos=False, subject=False, bars=0):
    """Yield n frames of one steady move; pan, tilt, zoom and roll are its totals."""
    source, (width, height) = world(), SIZE
    figure = world()[100:200, 200:260, ::-1]
    turn, shift = 1 + 0j, 0j
    for i in range(n):
        if i and not (twos and i % 2):
            share = 1 / ((n - 1) // 2 if twos else n - 1)
            step = np.exp(share * complex(math.log(zoom), -math.radians(roll)))
            turn, shift = step * turn, step * shift - share * complex(pan, tilt) * width
        start = complex(319.5, 179.5) - shift / turn
        move = start - complex((width - 1) / 2, (height - 1) / 2) / turn
        back = 1 / turn
        matrix = np.array([[back.real, -back.imag, move.real], [back.imag, back.real, move.imag]])
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        border = cv2.BORDER_REFLECT_101
        picture = cv2.warpAffine(source, matrix, SIZE, flags=flags, borderMode=border)
        if subject:
            picture[60:160, 30 + 6 * (i // 2) : 90 + 6 * (i // 2)] = figure
        if bars:
            picture[:bars], picture[-bars:] = 0, 0
        # Twice the size: the analyser's view of a film is at most half of it.
        yield cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize(
    ("move", "kind", "direction"),
    [
        ({"subject": True}, "static", "none"),
        ({"pan": 0.3}, "pan", "right"),
        ({"pan": -0.3, "twos": True, "subject": True}, "pan", "left"),
        ({"tilt": -0.2, "bars": 20}, "tilt", "up"),
        ({"zoom": 1.3}, "zoom", "in"),
        ({"zoom": 0.8, "subject": True}, "zoom", "out"),
        ({"roll": 15}, "roll", "clockwise"),
        ({"pan": 0.2, "tilt": 0.2, "zoom": 1.3, "roll": -12}, "complex", None),
    ],
)
def test_a_known_move_is_recovered_from_an_encoded_film(tmp_path, move, kind, direction):
    path = tmp_path / "move.mp4"
    n = write_film(path, filmed(25, **move), options={"preset": "ultrafast", "crf": "20"})
    analyser = MotionAnalyser()
    for picture in Decoder(probe(path)).pictures():
        analyser.see(picture.views())
    seen = describe(n, **analyser.columns())
    assert seen.kind == kind
    assert direction in (None, seen.direction)
    assert seen.pan == pytest.approx(move.get("pan", 0), rel=0.05, abs=0.005)
    assert seen.tilt == pytest.approx(move.get("tilt", 0), rel=0.05, abs=0.005)
    assert math.log(seen.zoom) == pytest.approx(math.log(move.get("zoom", 1)), rel=0.05, abs=0.01)
    assert seen.roll == pytest.approx(move.get("roll", 0), rel=0.05, abs=0.5)
    assert (seen.subject_motion > 0.05) == move.get("subject", False)
