"""Drawn characters over drawn backgrounds, with camera moves; who is where is known exactly.

A film is shots of two seconds. In each one or two of the cast move about: they walk, hop, wave,
turn; the camera pans, zooms or stands; each shot has its own background, light and distance.
All randomness comes from the seed. `still_shots` adds shots where one stands still, and shots with
nobody, from numbers of their own: a film's other shots are the same with them and without.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

WIDTH, HEIGHT, RATE, SECONDS = 480, 270, 24, 2.0
FRAMES = int(RATE * SECONDS)


@dataclass(frozen=True)
class Look:
    """What a character looks like: BGR colours and proportions."""

    name: str
    skin: tuple[int, int, int]
    hair: tuple[int, int, int]
    coat: tuple[int, int, int]
    legs: tuple[int, int, int]
    stout: float
    ears: bool = False
    hat: bool = False
    stripes: tuple[int, int, int] | None = None


CAST = (
    Look("anna", (170, 200, 240), (40, 60, 150), (60, 50, 200), (120, 60, 40), 0.8),
    Look("bruno", (120, 160, 210), (30, 30, 35), (190, 120, 40), (60, 60, 70), 1.3, hat=True),
    Look("cleo", (190, 215, 250), (90, 220, 240), (90, 200, 120), (200, 200, 200), 0.9,
         stripes=(240, 250, 250)),
    Look("dodo", (150, 120, 120), (150, 120, 120), (170, 140, 140), (60, 160, 230), 1.5,
         ears=True),
    Look("elia", (110, 140, 190), (30, 60, 110), (60, 50, 180), (120, 60, 40), 0.9, hat=True),
    Look("fungo", (210, 240, 250), (60, 60, 220), (220, 235, 245), (200, 220, 235), 1.1,
         stripes=(60, 60, 220)),
)  # fmt: skip
"""Anna and Elia wear the same clothes: only skin, hair and hat tell them apart."""


@dataclass(frozen=True)
class Part:
    """One character in a shot: where it begins, how it moves, how large it is."""

    look: Look
    x: float
    y: float
    speed: float
    size: float
    phase: float
    facing: int
    lively: float = 1.0


@dataclass(frozen=True)
class DrawnShot:
    """A shot: its parts, its background (larger than the frame), its camera and light."""

    parts: tuple[Part, ...]
    ground: Any
    pan: tuple[float, float]
    zoom: float
    light: tuple[float, float, float]

    def frames(self) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Yield each frame (BGR) and the visible mask of each character in it."""
        for number in range(FRAMES):
            yield self._frame(number / RATE)

    def _frame(self, t: float) -> tuple[Any, dict[str, Any]]:
        scale = 1 + self.zoom * t
        x, y = 240 + self.pan[0] * t, 135 + self.pan[1] * t
        matrix = np.array([[scale, 0, -scale * x], [0, scale, -scale * y]])
        picture = cv2.warpAffine(self.ground, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR,
                                 borderMode=cv2.BORDER_REFLECT)  # fmt: skip
        masks: dict[str, Any] = {}
        for part in self.parts:
            layer = picture.copy()
            mask = np.zeros((HEIGHT, WIDTH), np.uint8)
            _draw(layer, mask, part, t, (x - 240, y - 135), scale)
            picture = layer
            for other in masks.values():
                other[mask > 0] = False
            masks[part.look.name] = mask > 0
        lit = np.clip(picture * np.array(self.light, np.float32), 0, 255).astype(np.uint8)
        return lit, masks


def _draw(layer: Any, mask: Any, part: Part, t: float, camera: tuple[float, float],
          scale: float) -> None:  # fmt: skip
    look, s = part.look, part.size * scale
    hop = abs(np.sin(2.4 * np.pi * t * part.lively + part.phase)) * 0.10 * part.size
    swing = np.sin(2.4 * np.pi * t * part.lively + part.phase)
    x = (part.x + part.speed * t - camera[0] - 240) * scale + 240
    y = (part.y - hop - camera[1] - 135) * scale + 135

    def at(dx: float, dy: float) -> tuple[int, int]:
        return round(x + part.facing * dx * s), round(y + dy * s)

    def fill(kind: str, colour: Any, *args: Any) -> None:
        for target, value in ((layer, colour), (mask, 255)):
            getattr(cv2, kind)(target, *args[:-1], value, *args[-1:], lineType=cv2.LINE_AA)

    wide = 0.16 * look.stout
    for side in (-1, 1):
        foot = at(side * wide * 0.6 + 0.10 * side * swing, 0.5)
        fill("line", look.legs, at(side * wide * 0.5, 0.18), foot, max(2, round(0.09 * s)))
        arm = at(side * (wide + 0.16), -0.08 - 0.18 * side * swing)
        fill("line", look.skin, at(side * wide * 0.8, -0.08), arm, max(2, round(0.07 * s)))
    fill("ellipse", look.coat, at(0, 0.05), (max(2, round(wide * s)), max(2, round(0.2 * s))),
         0, 0, 360, -1)  # fmt: skip
    if look.stripes:
        for row in (-0.03, 0.08):
            fill("line", look.stripes, at(-wide * 0.8, row), at(wide * 0.8, row),
                 max(1, round(0.04 * s)))  # fmt: skip
    head = round(0.15 * s * (0.9 + 0.2 * look.stout))
    if look.ears:
        for side in (-1, 1):
            fill("ellipse", look.hair, at(side * 0.07, -0.42), (max(1, head // 3), head),
                 side * 12, 0, 360, -1)  # fmt: skip
    fill("circle", look.hair, at(-0.02, -0.27), round(head * 1.1), -1)
    fill("circle", look.skin, at(0.02, -0.24), head, -1)
    if look.hat:
        fill("rectangle", look.hair, at(-0.16, -0.40), at(0.16, -0.34), -1)
    for dx in (-0.02, 0.09):
        fill("circle", (30, 20, 20), at(dx, -0.26), max(1, round(0.02 * s)), -1)


def _ground(rng: np.random.Generator) -> Any:
    """Return a background 960 x 540: sky, hills, blobs of foliage, a fence or windows."""
    hue = rng.uniform(0, 180)
    sky = _colour(hue, rng.uniform(20, 110), rng.uniform(120, 245))
    low = _colour(hue + rng.uniform(-40, 40), rng.uniform(20, 120), rng.uniform(90, 220))
    ramp = np.linspace(0, 1, 540)[:, None, None]
    picture = np.repeat((1 - ramp) * np.array(sky) + ramp * np.array(low), 960, axis=1)
    picture = np.ascontiguousarray(picture.astype(np.uint8))
    for depth in range(3):
        points = [[x, 250 + 80 * depth + rng.normal(0, 25)] for x in range(-40, 1041, 60)]
        points += [[1040, 560], [-40, 560]]
        colour = _colour(hue + rng.uniform(30, 150), rng.uniform(40, 130), rng.uniform(60, 200))
        cv2.fillPoly(picture, [np.array(points, np.int32)], colour, cv2.LINE_AA)
    for _ in range(140):
        centre = int(rng.uniform(0, 960)), int(rng.uniform(180, 540))
        colour = _colour(hue + rng.uniform(20, 160), rng.uniform(30, 140), rng.uniform(50, 220))
        cv2.circle(picture, centre, int(rng.uniform(3, 16)), colour, -1, cv2.LINE_AA)
    grain = rng.normal(0, 2.0, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def _colour(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    pixel = np.array([[[hue % 180, saturation, value]]], np.uint8)
    b, g, r = cv2.cvtColor(pixel, cv2.COLOR_HSV2BGR)[0, 0]
    return int(b), int(g), int(r)


def drawn_film(seed: int, shots: int) -> list[DrawnShot]:
    """Return the shots of a film; each of the cast is in about as many."""
    rng = np.random.default_rng(seed)
    film = []
    for number in range(shots):
        first = CAST[number % len(CAST)]
        looks = [first]
        if rng.random() < 0.35:
            looks.append(CAST[(number + 1 + int(rng.integers(len(CAST) - 1))) % len(CAST)])
        size = rng.uniform(105, 200)
        parts = []
        for place, look in enumerate(looks):
            middle = 240 if len(looks) == 1 else (150, 340)[place]
            facing = 1 if rng.random() < 0.5 else -1
            parts.append(Part(look, middle + rng.uniform(-30, 30), 150 + rng.uniform(-10, 25),
                              facing * rng.uniform(0, 25), size * rng.uniform(0.9, 1.1),
                              rng.uniform(0, 6), facing))  # fmt: skip
        moves = rng.random()
        pan = (rng.uniform(-45, 45), rng.uniform(-8, 8)) if moves < 0.5 else (0.0, 0.0)
        zoom = rng.uniform(-0.05, 0.08) if moves > 0.7 else 0.0
        light = tuple(float(v) for v in rng.uniform(0.8, 1.12) * rng.uniform(0.9, 1.1, 3))
        film.append(DrawnShot(tuple(parts), _ground(rng), pan, zoom, light))  # type: ignore[arg-type]
    return film


def still_shots(seed: int, standing: int, empty: int) -> list[DrawnShot]:
    """Return shots in which one of the cast stands still, and then shots with nobody.

    The camera stands, pans and zooms in turn.
    """
    rng = np.random.default_rng([seed, 1])
    found = []
    for number in range(standing + empty):
        pan, zoom = (0.0, 0.0), 0.0
        if number % 3 == 1:
            pan = (rng.uniform(-45, 45), rng.uniform(-8, 8))
        if number % 3 == 2:
            zoom = rng.uniform(-0.05, 0.08)
        facing = 1 if rng.random() < 0.5 else -1
        x, y = 240 + rng.uniform(-70, 70), 140 + rng.uniform(-10, 15)
        part = Part(CAST[number % len(CAST)], x, y, 0.0,
                    rng.uniform(100, 190), rng.uniform(0, 6), facing, lively=0.0)  # fmt: skip
        light = tuple(float(v) for v in rng.uniform(0.8, 1.12) * rng.uniform(0.9, 1.1, 3))
        parts = (part,) if number < standing else ()
        found.append(DrawnShot(parts, _ground(rng), pan, zoom, light))  # type: ignore[arg-type]
    return found
