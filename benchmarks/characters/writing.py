"""Words burnt into pictures as films and their copies have them: subtitles, credits, marks.

Latin fonts are files of the machine; Chinese is written with the font that OpenCV 5 carries.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

Picture = Any
KINDS = ("subtitle", "two_lines", "boxed", "credits", "mark", "chinese", "chinese_credits")
FONTS = Path("/usr/share/fonts/truetype")
LINES = (
    "I told you not to touch that.", "We are going to be late again!", "Where is the other fish?",
    "Nobody has ever been there.", "You can't be serious...", "- Hurry up! - I'm coming.",
    "It was only a storm, Luca.", "Thank you for everything.",
)  # fmt: skip
CHINESE = (
    "我们又要迟到了！", "你不要碰那个东西。", "另一条鱼在哪里？", "从来没有人去过那里。",
    "谢谢你为我做的一切。", "快点，跟我来！", "那只是一场暴风雨。",
)  # fmt: skip
PEOPLE = (
    "DIRECTED BY", "Maria Keller", "Written by", "Jon Aldren", "Editor", "Petra Novak", "Music by",
    "S. Okafor", "Animation Supervisor", "Lee Min-ho",
)  # fmt: skip
CREW = ("导演", "王小明", "编剧", "李雪", "动画总监", "陈大文", "音乐", "张丽华", "制片人", "刘洋")
MARKS = ("STUDIO 9", "LIVE", "www.example.com", "CARTOON TV", "(c) 2031 Blue Door", "HD")


def written(picture: Picture, kind: str, rng: np.random.Generator) -> Picture:
    """Return a copy of a BGR picture (h, w, 3) with words of one kind over it."""
    height, width = picture.shape[:2]
    size = max(12, round(min(height, width * 0.75) * float(rng.uniform(0.035, 0.065))))
    if kind in ("subtitle", "two_lines", "boxed"):
        lines = [str(rng.choice(LINES)) for _ in range(2 if kind == "two_lines" else 1)]
        return _latin(picture, lines, size, _font(rng), rng, boxed=kind == "boxed")
    if kind == "credits":
        return _latin(picture, list(PEOPLE[: int(rng.integers(4, 11))]), size, _font(rng), rng,
                      middle=True)  # fmt: skip
    if kind == "mark":
        return _mark(picture, str(rng.choice(MARKS)), round(size * 0.75), _font(rng), rng)
    if kind == "chinese":
        return _chinese(picture, [str(rng.choice(CHINESE))], size, rng)
    return _chinese(picture, list(CREW[: int(rng.integers(4, 11))]), size, rng, middle=True)


def _font(rng: np.random.Generator) -> str:
    found = sorted(str(path) for path in FONTS.rglob("*.ttf") if "Math" not in path.name)
    return str(rng.choice(found))


def _latin(picture: Picture, lines: list[str], size: int, font: str, rng: np.random.Generator, *,
           boxed: bool = False, middle: bool = False) -> Picture:  # fmt: skip
    from PIL import Image, ImageDraw, ImageFont

    height, width = picture.shape[:2]
    image = Image.fromarray(picture[:, :, ::-1])
    draw = ImageDraw.Draw(image, "RGBA")
    face = ImageFont.truetype(font, size)
    colour = (255, 255, 255) if rng.random() < 0.7 else (250, 230, 60)
    edge = 0 if boxed else max(1, size // 14)
    below = (
        height / 2 + len(lines) * size * 0.7 if middle else height * float(rng.uniform(0.9, 0.96))
    )
    top = below - len(lines) * size * 1.4
    for number, line in enumerate(lines):
        long = draw.textlength(line, face)
        at = (width - long) / 2, top + number * size * 1.4
        if boxed:
            draw.rectangle((at[0] - 8, at[1] - 4, at[0] + long + 8, at[1] + size * 1.25),
                           fill=(0, 0, 0, 150))  # fmt: skip
        draw.text(at, line, fill=colour, font=face, stroke_width=edge, stroke_fill=(0, 0, 0))
    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1])


def _mark(picture: Picture, text: str, size: int, font: str, rng: np.random.Generator) -> Picture:
    """Return a picture with a half-clear mark in a corner."""
    from PIL import Image, ImageDraw, ImageFont

    height, width = picture.shape[:2]
    layer = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    face = ImageFont.truetype(font, size)
    long, gap = draw.textlength(text, face), round(0.03 * width)
    x = gap if rng.random() < 0.5 else width - long - gap
    y = gap if rng.random() < 0.5 else height - size * 1.3 - gap
    draw.text((x, y), text, fill=(255, 255, 255, int(rng.integers(150, 240))), font=face)
    image = Image.alpha_composite(Image.fromarray(picture[:, :, ::-1]).convert("RGBA"), layer)
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])


def _chinese(picture: Picture, lines: list[str], size: int, rng: np.random.Generator, *,
             middle: bool = False) -> Picture:  # fmt: skip
    height, width = picture.shape[:2]
    face = cv2.FontFace("uni")
    found = picture.copy()
    below = (
        height / 2 + len(lines) * size * 0.7 if middle else height * float(rng.uniform(0.9, 0.96))
    )
    top = below - (len(lines) - 1) * size * 1.4
    weight = int(rng.choice([400, 700]))
    for number, line in enumerate(lines):
        x, y = round((width - len(line) * size) / 2), round(top + number * size * 1.4)
        for dx, dy in ((-2, 0), (2, 0), (0, -2), (0, 2)):
            cv2.putText(found, line, (x + dx, y + dy), (0, 0, 0), face, size, weight)
        cv2.putText(found, line, (x, y), (255, 255, 255), face, size, weight)
    return found
