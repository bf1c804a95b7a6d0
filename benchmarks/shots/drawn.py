"""Drawn shots: flat colours, parallax, characters held on twos and threes, dark, low contrast.

A shot is a function of its frame number, so any stretch of it can be played at any rate. All
randomness comes from the generator it is made with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 320, 180
WORLD = 3 * WIDTH  # scenery is wider than the picture, so that the camera has where to go

Picture = NDArray[np.uint8]
_GRAIN = np.random.default_rng(0).normal(0, 1, (HEIGHT, WIDTH, 3)).astype(np.float32)
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Source:
    """A shot: `draw(seconds)` gives its picture; `name` says what it shows."""

    name: str
    draw: Callable[[float], Picture]


def palette(rng: np.random.Generator, dark: bool = False, flat: bool = False) -> list[Colour]:
    """Return six colours that go together: a hue family, or near-greys where `flat`."""
    hue, spread = rng.uniform(0, 180), rng.uniform(8, 50)
    hues = (hue + rng.normal(0, spread, 6)) % 180
    saturation = rng.uniform(10, 50, 6) if flat else rng.uniform(60, 210, 6)
    top = 70 if dark else 250
    value = np.sort(rng.uniform(0.2 * top, top, 6))
    if flat:
        value = rng.uniform(110, 160) + rng.uniform(-14, 14, 6)
    hsv = np.stack([hues, saturation, value], -1)[None].astype(np.uint8)
    bgr = cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0]
    order = rng.permutation(6)
    return [(int(b), int(g), int(r)) for b, g, r in bgr[order]]


def _sky(low: Colour, high: Colour) -> Picture:
    ramp = np.linspace(0, 1, HEIGHT)[:, None, None]
    rows = (1 - ramp) * np.array(high) + ramp * np.array(low)
    return np.repeat(rows, WORLD, axis=1).astype(np.uint8)


def landscape(rng: np.random.Generator, colours: list[Colour]) -> list[tuple[float, Picture]]:
    """Return layers (parallax speed, picture with colour 0,0,0 = clear), far to near."""
    layers = [(0.0, _sky(colours[0], colours[1]))]
    horizon = rng.uniform(0.3, 0.8) * HEIGHT
    for depth in range(int(rng.integers(2, 4))):
        layer = np.zeros((HEIGHT, WORLD, 3), np.uint8)
        x = np.arange(0, WORLD + 40, 40)
        y = horizon + depth * 22 + rng.normal(0, 18, len(x))
        outline = np.stack([x, y], -1).astype(np.int32)
        ground = np.vstack([outline, [[WORLD + 40, HEIGHT], [0, HEIGHT]]])
        cv2.fillPoly(layer, [ground.astype(np.int32)], colours[2 + depth])
        for _ in range(int(rng.integers(4, 14))):
            _tree(layer, rng, colours[int(rng.integers(2, 6))])
        layers.append((0.4 + 0.5 * depth, layer))
    return layers


def _tree(layer: Picture, rng: np.random.Generator, colour: Colour) -> None:
    x, base = int(rng.uniform(0, WORLD)), int(rng.uniform(0.5, 0.95) * HEIGHT)
    tall = int(rng.uniform(15, 90))
    trunk = tuple(max(1, c // 2) for c in colour)
    cv2.rectangle(layer, (x - 3, base - tall), (x + 3, base), trunk, -1)
    if rng.random() < 0.5:
        cv2.circle(layer, (x, base - tall), int(tall * 0.4) + 4, colour, -1, cv2.LINE_AA)
    else:
        tip = [(x, base - tall - 20), (x - tall // 3 - 5, base - 8), (x + tall // 3 + 5, base - 8)]
        cv2.fillPoly(layer, [np.array(tip, np.int32)], colour)


def room(rng: np.random.Generator, colours: list[Colour]) -> list[tuple[float, Picture]]:
    """Return an interior: wall, floor, windows, furniture."""
    wall = np.full((HEIGHT, WORLD, 3), colours[0], np.uint8)
    floor = int(rng.uniform(0.6, 0.85) * HEIGHT)
    cv2.rectangle(wall, (0, floor), (WORLD, HEIGHT), colours[1], -1)
    for _ in range(int(rng.integers(6, 22))):
        x, wide = int(rng.uniform(0, WORLD)), int(rng.uniform(15, 110))
        y, tall = int(rng.uniform(0, HEIGHT * 0.8)), int(rng.uniform(12, 90))
        colour = colours[int(rng.integers(1, 6))]
        cv2.rectangle(wall, (x, y), (x + wide, y + tall), colour, -1)
        if rng.random() < 0.6:
            cv2.rectangle(wall, (x, y), (x + wide, y + tall), colours[5], 2)
    return [(1.0, wall)]


def night(rng: np.random.Generator, colours: list[Colour]) -> list[tuple[float, Picture]]:
    """Return a city at night: dark blocks, a few lit windows."""
    sky = np.full((HEIGHT, WORLD, 3), (22, 14, 10), np.uint8)
    x = 0
    while x < WORLD:
        wide, top = int(rng.uniform(25, 80)), int(rng.uniform(15, 140))
        shade = int(rng.uniform(16, 42))
        cv2.rectangle(sky, (x, top), (x + wide, HEIGHT), (shade + 8, shade, shade), -1)
        for _ in range(int(rng.integers(0, 7))):
            wx, wy = x + int(rng.uniform(3, wide)), int(rng.uniform(top, HEIGHT))
            cv2.rectangle(sky, (wx, wy), (wx + 4, wy + 5), colours[int(rng.integers(6))], -1)
        x += wide
    return [(1.0, sky)]


def _compose(layers: list[tuple[float, Picture]], shift: float) -> Picture:
    out = None
    for speed, layer in layers:
        offset = np.float32([[1, 0, -shift * speed], [0, 1, 0]])
        seen = cv2.warpAffine(layer, offset, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
        if out is None:
            out = seen
        else:
            cv2.copyTo(seen, cv2.cvtColor(seen, cv2.COLOR_BGR2GRAY), out)
    assert out is not None
    return out


@dataclass(frozen=True)
class Figure:
    """A flat-colour character: where it stands, how tall it is, how it moves."""

    x: float
    y: float
    size: float
    stride: float  # pixels a second
    body: Colour
    skin: Colour
    hold: int  # pictures of 24 a second that each drawing is held

    def paint(self, picture: Picture, seconds: float) -> None:
        """Draw the pose of this moment; poses change every `hold` pictures."""
        pose = int(seconds * 24) // self.hold
        at = pose * self.hold / 24
        x, y, s = int(self.x + self.stride * at), int(self.y), self.size
        swing = np.sin(at * 9) * 0.25
        for sign in (-1, 1):
            foot = (int(x + sign * swing * s), int(y + s * 0.5))
            cv2.line(picture, (x, y), foot, self.body, max(2, int(s * 0.12)))
            hand = (int(x + sign * (0.3 + swing) * s), int(y - s * (0.1 + 0.3 * swing * sign)))
            cv2.line(picture, (x, int(y - s * 0.3)), hand, self.skin, max(2, int(s * 0.09)))
        cv2.ellipse(picture, (x, int(y - s * 0.2)), (int(s * 0.2), int(s * 0.33)), 0, 0, 360,
                    self.body, -1, cv2.LINE_AA)  # fmt: skip
        head = (x, int(y - s * 0.7))
        cv2.circle(picture, head, int(s * 0.24), self.skin, -1, cv2.LINE_AA)
        eye = int(s * 0.08)
        for sign in (-1, 1):
            spot = (head[0] + sign * eye, head[1] - eye // 2)
            if pose % 11 == 0:
                cv2.line(picture, (spot[0] - 2, spot[1]), (spot[0] + 2, spot[1]), (20, 20, 20), 1)
            else:
                cv2.circle(picture, spot, max(1, int(s * 0.035)), (20, 20, 20), -1)
        mouth = int(s * 0.06 * abs(np.sin(pose * 1.7)))
        cv2.ellipse(picture, (head[0], head[1] + eye), (eye, mouth), 0, 0, 360, (30, 20, 90), -1)


def _figure(rng: np.random.Generator, colours: list[Colour], close: bool) -> Figure:
    size = rng.uniform(150, 230) if close else rng.uniform(35, 110)
    y = HEIGHT * (rng.uniform(0.75, 1.0) if close else rng.uniform(0.55, 0.8))
    stride = 0.0 if close or rng.random() < 0.4 else rng.uniform(-60, 60)
    skin = colours[int(rng.integers(6))]
    return Figure(rng.uniform(0.2, 0.8) * WIDTH, y, size, stride, colours[int(rng.integers(6))],
                  skin, int(rng.choice([1, 2, 2, 3])))  # fmt: skip


@dataclass(frozen=True)
class Scenery:
    """What a drawn shot is made of, so that a similar neighbour can be derived from it."""

    kind: str
    colours: list[Colour]
    layers: list[tuple[float, Picture]]
    figures: list[Figure]
    start: float
    speed: float  # camera, pixels a second
    sparks: NDArray[np.float64]  # (n, 4): x, y, dx, dy
    grain: float
    title: str

    def source(self) -> Source:
        """Return the shot as a function of seconds."""
        return Source(self.kind, self.picture)

    def picture(self, seconds: float) -> Picture:
        """Draw one moment."""
        out = _compose(self.layers, self.start + self.speed * seconds)
        for figure in self.figures:
            figure.paint(out, seconds)
        for x, y, dx, dy in self.sparks:
            at = (int((x + dx * seconds) % WIDTH), int((y + dy * seconds) % HEIGHT))
            cv2.circle(out, at, 2, (240, 240, 250), -1)
        if self.title:
            cv2.putText(out, self.title, (30, 100), cv2.FONT_HERSHEY_DUPLEX, 1.0,
                        (245, 245, 245), 2, cv2.LINE_AA)  # fmt: skip
        if self.grain:
            at = int(seconds * 1000) * 7919 % _GRAIN.shape[0]
            noisy = cv2.scaleAdd(np.roll(_GRAIN, at, axis=0), self.grain, out.astype(np.float32))
            out = cv2.convertScaleAbs(np.maximum(noisy, 0))
        return out


KINDS = ("landscape", "room", "close-up", "night", "fog", "snow", "title", "crowd")


def scenery(rng: np.random.Generator, kind: str) -> Scenery:
    """Invent a drawn shot of one kind."""
    colours = palette(rng, dark=kind == "night", flat=kind == "fog")
    make = night if kind == "night" else room if kind in ("room", "title") else landscape
    if kind in ("close-up", "crowd"):
        make = room if rng.random() < 0.5 else landscape
    count = {"title": 0, "crowd": 6, "close-up": 1}.get(kind, int(rng.integers(0, 3)))
    figures = [_figure(rng, colours, kind == "close-up") for _ in range(count)]
    sparks = np.zeros((0, 4))
    if kind == "snow":
        n = int(rng.integers(60, 160))
        sparks = np.stack([rng.uniform(0, WIDTH, n), rng.uniform(0, HEIGHT, n),
                           rng.normal(0, 30, n), rng.uniform(40, 140, n)], -1)  # fmt: skip
    speed = 0.0 if rng.random() < 0.35 or kind == "title" else rng.normal(0, 45)
    title = str(rng.choice(["THE END", "MEANWHILE", "PART TWO", "PRESENTS"]))
    return Scenery(
        kind=kind,
        colours=colours,
        layers=make(rng, colours),
        figures=figures,
        start=rng.uniform(60, WORLD / 2),
        speed=speed,
        sparks=sparks,
        grain=float(rng.choice([0, 0, 1.5, 3.0])),
        title=title if kind == "title" else "",
    )


def neighbour(rng: np.random.Generator, of: Scenery) -> Scenery:
    """Return another shot of the same place: same colours, another view and other figures."""
    make = night if of.kind == "night" else room if of.kind in ("room", "title") else landscape
    layers = of.layers if rng.random() < 0.5 else make(rng, of.colours)
    start = of.start + float(rng.choice([-1, 1])) * rng.uniform(150, 300)
    figures = [_figure(rng, of.colours, rng.random() < 0.4) for _ in range(max(1, len(of.figures)))]
    return replace(of, layers=layers, start=start, figures=figures, speed=rng.normal(0, 20))
