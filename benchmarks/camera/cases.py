"""Camera moves of known size, rendered with subpixel accuracy."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from pictures import Bytes, character

from animstudio.film.similarity import Similarity


@dataclass(frozen=True)
class Case:
    """One shot: a move over a picture, and how it is filmed.

    pan, tilt in frame widths, roll in degrees (signs are the camera's: right, down, clockwise),
    zoom a factor. `pace`: even, eased (slow in, slow out), whip (all of it in a third of a
    second, with the blur of an open shutter), twos (every drawing is held for two frames).
    `subject`: height of a walking character as a share of the frame's, 0 for none.
    """

    name: str
    kind: str
    direction: str = "none"
    pan: float = 0.0
    tilt: float = 0.0
    zoom: float = 1.0
    roll: float = 0.0
    seconds: float = 2.0
    fps: int = 24
    size: tuple[int, int] = (1280, 720)
    picture: str = "meadow"
    pace: str = "even"
    subject: float = 0.0
    bars: float = 0.0
    shake: float = 0.0
    crf: int = 20

    @property
    def frames(self) -> int:
        return round(self.seconds * self.fps) + 1


def weights(case: Case) -> NDArray[np.float64]:
    """Return the share of the move that each step makes; they add up to 1."""
    steps = case.frames - 1
    at = (np.arange(steps) + 0.5) / steps
    if case.pace == "eased":
        share = np.sin(np.pi * at) ** 2
    elif case.pace == "whip":
        share = np.where(np.abs(at - 0.5) * case.seconds <= 1 / 6, 1.0, 0.0)
    elif case.pace == "twos":
        share = (np.arange(steps) % 2).astype(float)
    else:
        share = np.ones(steps)
    return share / share.sum()


def positions(case: Case) -> list[Similarity]:
    """Return where the first frame's content is in every frame."""
    here, way = Similarity(), [Similarity()]
    rng = np.random.default_rng(3)
    at = np.arange(case.frames) / case.fps
    hand = np.zeros(case.frames, complex)
    for hertz in (1.7, 2.9, 4.3):
        hand += np.sin(2 * np.pi * hertz * at + rng.uniform(0, 6)) * np.exp(6j * rng.uniform())
    hand = case.shake * (hand - hand[0])
    for i, share in enumerate(weights(case)):
        turn = np.exp(share * complex(math.log(case.zoom), -math.radians(case.roll)))
        shift = -share * complex(case.pan, case.tilt) + hand[i + 1] - hand[i]
        here = Similarity(complex(turn), shift) @ here
        way.append(here)
    return way


def render(case: Case, picture: Bytes) -> Iterator[Bytes]:
    """Yield the shot's frames, BGR."""
    width, height = case.size
    # The frame shows half of the picture's width: room to move, and no finer detail than it has.
    per_width = min(picture.shape[1] // 2, width)
    factor = per_width / (picture.shape[1] // 2)
    source = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    way = positions(case)
    figure = character(picture[:, ::-1], round(case.subject * height)) if case.subject else None
    for i, here in enumerate(way):
        if case.pace == "whip" and i:
            # 180 degrees of shutter: the light of the second half of the step.
            shown = np.mean(
                [
                    _view(source, _between(way[i - 1], here, t), case.size).astype(np.float32)
                    for t in (0.5, 0.625, 0.75, 0.875, 1.0)
                ],
                axis=0,
            )
        else:
            shown = _view(source, here, case.size).astype(np.float32)
        if figure:
            _walk(shown, figure, i, case)
        if case.bars:
            rows = round(case.bars * height)
            shown[:rows], shown[height - rows :] = 0, 0
        yield shown.round().clip(0, 255).astype(np.uint8)


def _view(source: Bytes, here: Similarity, size: tuple[int, int]) -> Bytes:
    width, height = size
    back = here.inverse()
    per_width = source.shape[1] / 2
    grow = per_width / width
    turn = back.turn * grow
    middle = complex((width - 1) / 2, (height - 1) / 2)
    start = complex((source.shape[1] - 1) / 2, (source.shape[0] - 1) / 2) + back.shift * per_width
    shift = start - turn * middle
    matrix = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(source, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT_101),
        np.uint8,
    )


def _between(first: Similarity, then: Similarity, t: float) -> Similarity:
    return Similarity(
        first.turn + t * (then.turn - first.turn), first.shift + t * (then.shift - first.shift)
    )


def _walk(
    shown: NDArray[np.float32],
    figure: tuple[Bytes, NDArray[np.float32]],
    frame: int,
    case: Case,
) -> None:
    """Draw the character where it has walked to: a third of the width a second, on twos."""
    pixels, cover = figure
    at = frame // 2 * 2 / case.fps
    width, height = case.size
    x = width * (0.1 + 0.3 * at)
    y = height * (0.95 + 0.02 * math.sin(9 * at)) - cover.shape[0]
    place = np.array([[1, 0, x], [0, 1, y]])
    alpha = cv2.warpAffine(cover, place, case.size)[:, :, None]
    shown *= 1 - alpha
    shown += alpha * cv2.warpAffine(pixels, place, case.size)


HD, FULL, SMALL = (1280, 720), (1920, 1080), (640, 360)

CASES = (
    Case("static", "static"),
    Case("static, character", "static", subject=0.7),
    Case("static, large character, drawn", "static", subject=1.0, picture="drawn"),
    Case("static, 0.3 px a frame", "static", pan=0.3 / 1920 * 72, seconds=3, size=FULL),
    Case("pan, 0.6 px a frame", "pan", "right", pan=0.6 / 1920 * 120, seconds=5, size=FULL),
    Case("pan, 1 px a frame, drawn", "pan", "left", pan=-72 / 1920, seconds=3, picture="drawn"),
    Case("pan, 3 px a frame", "pan", "right", pan=0.075, size=FULL),
    Case("pan", "pan", "left", pan=-0.4),
    Case("pan, drawn", "pan", "right", pan=0.4, picture="drawn"),
    Case("pan, 60 fps", "pan", "right", pan=0.5, fps=60, size=SMALL),
    Case("pan, eased, 25 fps", "pan", "left", pan=-0.8, fps=25, pace="eased", size=(720, 576)),
    Case("pan, character", "pan", "right", pan=0.3, subject=0.7),
    Case("pan, large character, drawn", "pan", "left", pan=-0.3, subject=1.0, picture="drawn"),
    Case("pan on twos", "pan", "right", pan=0.35, pace="twos"),
    Case("pan on twos, character, drawn", "pan", "left", pan=-0.3, pace="twos", subject=0.7,
         picture="drawn"),
    Case("pan, letterbox", "pan", "right", pan=0.4, bars=0.128, size=FULL),
    Case("pan, coarse H.264", "pan", "right", pan=0.2, crf=34),
    Case("pan, handheld", "pan", "right", pan=0.4, shake=0.004, seconds=3),
    Case("static, handheld", "static", shake=0.003, seconds=3),
    Case("whip pan, 12 % a frame", "pan", "right", pan=0.96, pace="whip"),
    Case("whip pan, 15 % a frame, drawn", "pan", "left", pan=-1.2, pace="whip", picture="drawn"),
    Case("tilt", "tilt", "down", tilt=0.3),
    Case("tilt, letterbox, character", "tilt", "up", tilt=-0.25, bars=0.128, subject=0.6),
    Case("tilt on twos, 25 fps, drawn", "tilt", "up", tilt=-0.2, fps=25, pace="twos",
         picture="drawn"),
    Case("tilt, portrait", "tilt", "down", tilt=0.5, size=(406, 720)),
    Case("zoom in", "zoom", "in", zoom=1.5),
    Case("zoom in, slow", "zoom", "in", zoom=1.07, seconds=4, size=FULL),
    Case("zoom out, drawn", "zoom", "out", zoom=0.7, picture="drawn"),
    Case("zoom in, eased, letterbox", "zoom", "in", zoom=1.8, pace="eased", bars=0.128),
    Case("zoom out, character, 60 fps", "zoom", "out", zoom=0.75, subject=0.6, fps=60, size=SMALL),
    Case("zoom in, fast", "zoom", "in", zoom=2.5, seconds=1),
    Case("zoom in on twos, drawn", "zoom", "in", zoom=1.3, pace="twos", picture="drawn"),
    Case("roll", "roll", "clockwise", roll=20),
    Case("roll, drawn, 25 fps", "roll", "counterclockwise", roll=-30, picture="drawn", fps=25),
    Case("roll, slow, letterbox", "roll", "clockwise", roll=5, seconds=4, bars=0.128),
    Case("pan and tilt", "pan_tilt", "right_up", pan=0.3, tilt=-0.2),
    Case("pan and tilt, character, small", "pan_tilt", "left_down", pan=-0.3, tilt=0.25,
         subject=0.7, size=(320, 240)),
    Case("pan and zoom", "complex", "right_in", pan=0.3, zoom=1.4),
    Case("tilt, zoom and roll, drawn", "complex", "down_out_clockwise", tilt=0.2, zoom=0.75,
         roll=15, picture="drawn"),
    Case("pan and roll, twos, 60 fps", "complex", "left_counterclockwise", pan=-0.3, roll=-15,
         pace="twos", fps=60, size=SMALL),
)  # fmt: skip
