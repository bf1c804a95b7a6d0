"""Pictures drawn for tests: a figure before a ground, sharp, each its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont


def drawing(seed: int, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Return a picture of strokes and fine texture; equal seeds, equal pictures."""
    chance = np.random.default_rng(seed)
    picture = Image.new("RGB", size, tuple(chance.integers(60, 200, 3).tolist()))
    pen = ImageDraw.Draw(picture)
    for _ in range(60):
        x, y = chance.integers(0, size[0]), chance.integers(0, size[1])
        w, h = chance.integers(10, size[0] // 3, 2)
        pen.ellipse((x, y, x + w, y + h), tuple(chance.integers(0, 255, 3).tolist()), "black", 2)
    return picture


def figure(seed: int, size: tuple[int, int] = (640, 480)) -> tuple[Image.Image, tuple[int, ...]]:
    """Return a picture transparent around a figure, and the figure's box."""
    box = (size[0] // 2, 60, size[0] // 2 + 140, size[1] - 40)
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).ellipse(box, 255)
    picture = drawing(seed, size)
    picture.putalpha(mask)
    return picture, box


def folder_of(place: Path, count: int, first: int = 0) -> Path:
    """Return a folder with so many different pictures."""
    place.mkdir(parents=True)
    for number in range(count):
        drawing(first + number).save(place / f"p{number:02d}.png")
    return place


def with_words(picture: Image.Image, words: str, size: int = 34) -> Image.Image:
    """Return a copy with a subtitle: white, outlined in black, low in the middle."""
    found = picture.convert("RGB")
    pen = ImageDraw.Draw(found)
    face = ImageFont.load_default(size)
    at = (found.width - pen.textlength(words, face)) / 2, found.height - 2 * size
    pen.text(at, words, "white", face, stroke_width=3, stroke_fill="black")
    return found
