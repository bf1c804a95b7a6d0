"""Stills of any size: drawn in flat colours with outlines, or painted with texture and soft light.

A still is drawn from its seeds alone: `scene` says which ground and light, `who` which character,
`pose` how it stands. Two stills of one scene and character in other poses are no twins.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

Picture = Any


def still(scene: int, who: int, pose: float, size: tuple[int, int] = (1024, 1024), *,
          painted: bool = False) -> Picture:  # fmt: skip
    """Return a BGR picture (h, w, 3) of `size` (width, height); `pose` moves and turns limbs."""
    ground = _painted(scene, size) if painted else _drawn(scene, size)
    _figure(ground, who, pose, np.random.default_rng([scene, who]))
    return _textured(ground, scene) if painted else ground


def _drawn(seed: int, size: tuple[int, int]) -> Picture:
    rng = np.random.default_rng(seed)
    width, height = size
    ramp = np.linspace(0, 1, height)[:, None, None]
    sky, low = _colour(rng), _colour(rng)
    column = ((1 - ramp) * sky + ramp * low).astype(np.uint8)
    picture = np.ascontiguousarray(np.repeat(column, width, axis=1))
    line = max(1, round(width / 400))
    for depth in range(int(rng.integers(2, 5))):
        top = height * (0.35 + 0.15 * depth)
        xs = np.linspace(-0.1, 1.1, 14) * width
        points = np.stack([xs, top + rng.normal(0, height * 0.05, 14)], axis=1)
        shape = np.vstack([points, [[width * 1.1, height * 1.1], [-width * 0.1, height * 1.1]]])
        colour = tuple(_colour(rng).tolist())
        cv2.fillPoly(picture, [shape.astype(np.int32)], colour, cv2.LINE_AA)
        cv2.polylines(picture, [points.astype(np.int32)], False, (30, 25, 25), line, cv2.LINE_AA)
    for _ in range(int(rng.integers(15, 60))):
        x, y = int(rng.uniform(0, width)), int(rng.uniform(0, height))
        axes = int(rng.uniform(0.01, 0.09) * width) + 1, int(rng.uniform(0.01, 0.07) * width) + 1
        colour, turn = tuple(_colour(rng).tolist()), float(rng.uniform(0, 180))
        cv2.ellipse(picture, (x, y), axes, turn, 0, 360, colour, -1, cv2.LINE_AA)
        if rng.random() < 0.6:
            cv2.ellipse(picture, (x, y), axes, turn, 0, 360, (25, 20, 20), line, cv2.LINE_AA)
    return picture


def _painted(seed: int, size: tuple[int, int]) -> Picture:
    """Return clouds of colour whose spectrum falls as in photographs, and shapes before them."""
    rng = np.random.default_rng([seed, 1])
    width, height = size
    field = np.zeros((height, width, 3), np.float32)
    for octave in range(6):
        cells = 3 * 2**octave
        noise = rng.normal(0, 1, (cells, cells, 3)).astype(np.float32)
        field += cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC) / 1.9**octave
    picture = np.clip(_colour(rng) + field * rng.uniform(15, 32), 0, 255).astype(np.uint8)
    for _ in range(int(rng.integers(8, 25))):
        centre = int(rng.uniform(0, width)), int(rng.uniform(height * 0.3, height))
        axes = int(rng.uniform(0.03, 0.2) * width) + 1, int(rng.uniform(0.03, 0.15) * width) + 1
        cv2.ellipse(picture, centre, axes, float(rng.uniform(0, 180)), 0, 360,
                    tuple(_colour(rng).tolist()), -1, cv2.LINE_AA)  # fmt: skip
    return picture


def _textured(picture: Picture, seed: int) -> Picture:
    """Return a picture with fur-like strokes in places, light from one side, faint grain."""
    rng = np.random.default_rng([seed, 2])
    height, width = picture.shape[:2]
    grain = rng.normal(0, 1, (height, width)).astype(np.float32)
    strokes = cv2.GaussianBlur(grain, (0, 0), sigmaX=0.6, sigmaY=2.5) * 30
    where = cv2.resize(rng.normal(0, 1, (5, 5)).astype(np.float32), (width, height),
                       interpolation=cv2.INTER_CUBIC)  # fmt: skip
    light = np.linspace(rng.uniform(0.75, 1), rng.uniform(0.75, 1.1), width, dtype=np.float32)
    plane = strokes * np.clip(where, 0, 1) + grain * 1.2
    lit = picture.astype(np.float32) * light[None, :, None] + plane[:, :, None]
    return np.clip(lit, 0, 255).astype(np.uint8)


def _figure(picture: Picture, who: int, pose: float, rng: np.random.Generator) -> None:
    """Draw a character: head, hair, coat, limbs, eyes; `pose` is in turns of its walk."""
    looks = np.random.default_rng([who, 3])
    skin, hair, coat, legs = (tuple(_colour(looks).tolist()) for _ in range(4))
    stout, height = float(looks.uniform(0.8, 1.4)), picture.shape[0]
    tall = height * float(rng.uniform(0.55, 0.85))
    swing = np.sin(2 * np.pi * pose)
    x = picture.shape[1] * (float(rng.uniform(0.35, 0.65)) + 0.16 * np.sin(2.6 * np.pi * pose))
    y = height * 0.55 - abs(swing) * 0.04 * tall
    line, ink = max(1, round(tall / 220)), (25, 20, 20)

    def at(dx: float, dy: float) -> tuple[int, int]:
        return round(x + dx * tall), round(y + dy * tall)

    def limb(start: tuple[int, int], end: tuple[int, int], colour: Any, wide: float) -> None:
        cv2.line(picture, start, end, ink, max(2, round(wide * tall)) + 2 * line, cv2.LINE_AA)
        cv2.line(picture, start, end, colour, max(2, round(wide * tall)), cv2.LINE_AA)

    def round_shape(centre: tuple[int, int], wide: float, high: float, colour: Any) -> None:
        axes = max(2, round(wide * tall)), max(2, round(high * tall))
        cv2.ellipse(picture, centre, axes, 0, 0, 360, colour, -1, cv2.LINE_AA)
        cv2.ellipse(picture, centre, axes, 0, 0, 360, ink, line, cv2.LINE_AA)

    for side in (-1, 1):
        limb(at(side * 0.06, 0.18), at(side * 0.07 + 0.14 * side * swing, 0.45), legs, 0.08)
        limb(at(side * 0.1 * stout, -0.08), at(side * 0.24, -0.05 - 0.2 * side * swing), skin, 0.06)
    round_shape(at(0, 0.05), 0.13 * stout, 0.18, coat)
    round_shape(at(-0.01, -0.26), 0.145, 0.155, hair)
    round_shape(at(0.02 * swing, -0.23), 0.12, 0.13, skin)
    for dx in (-0.04, 0.05):
        cv2.circle(picture, at(dx + 0.03 * swing, -0.25), max(1, round(0.016 * tall)), ink, -1)


def _colour(rng: np.random.Generator) -> Any:
    hsv = np.array([[[rng.uniform(0, 180), rng.uniform(30, 200), rng.uniform(70, 235)]]], np.uint8)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0, 0].astype(np.float64)
