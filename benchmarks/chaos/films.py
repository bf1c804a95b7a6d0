"""The films that are surveyed while processes die: short, small, in several containers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from animstudio.media.encode import write_film

Pictures = Iterator[NDArray[np.uint8]]


def make_films(folder: Path, seed: int, *, few: bool = False) -> list[Path]:
    """Write the films and return them; the same seed gives the same pictures.

    The long one has three spans (of 120 s each), so that a kill can fall between them. One has
    damaged packets in its middle, one has no sound.
    """
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    sound = (0.2 * np.sin(np.arange(4 * 48_000) / 30)).astype(np.float32)
    h264 = {"g": "24", "crf": "20"}
    made = [folder / "long one.mp4", folder / "clip.mkv"]
    if few:
        write_film(made[0], drawn(random, 384, 96, 54, 48), rate=2, options=h264)
        write_film(made[1], drawn(random, 48, 192, 108, 24), rate=24, options=h264)
        return made
    write_film(made[0], drawn(random, 960, 96, 54, 48), rate=3, options={"g": "48", "crf": "28"})
    write_film(made[1], drawn(random, 96, 320, 180, 32), rate=24, options=h264, sound=sound)
    made += [folder / name for name in ("映画.webm", "old.avi", "broken.ts", "silent.mov")]
    quick = {"g": "24", "cpu-used": "8", "deadline": "realtime"}
    write_film(made[2], drawn(random, 72, 192, 108, 24), codec="libvpx-vp9", options=quick)
    write_film(made[3], drawn(random, 100, 320, 180, 40), rate=25, codec="mpeg4", sound=sound)
    write_film(made[4], drawn(random, 120, 320, 180, 40), rate=30, options=h264, sound=sound)
    write_film(made[5], drawn(random, 90, 256, 144, 30), rate=30, options=h264)
    _damage(made[4], random)
    return made


def drawn(random: np.random.Generator, frames: int, width: int, height: int, shot: int) -> Pictures:
    """Yield BGR pictures: every `shot` frames another background, with a box that moves."""
    rows, columns = np.mgrid[0:height, 0:width]
    for number in range(frames):
        if number % shot == 0:
            low, high = random.integers(20, 236, (2, 3))
            waves = random.uniform(8, 40, 2)
            share = (np.sin(rows / waves[0]) * np.cos(columns / waves[1]) + 1) / 2
            background = low + share[..., None] * (high.astype(float) - low)
            colour = random.integers(0, 256, 3)
            step = random.integers(1, 4)
        picture = background.astype(np.uint8)
        left = int(step * (number % shot)) % (width - width // 4)
        picture[height // 3 : 2 * height // 3, left : left + width // 5] = colour
        yield picture


def _damage(film: Path, random: np.random.Generator) -> None:
    """Overwrite a few stretches in the middle of the file."""
    content = bytearray(film.read_bytes())
    for at in random.integers(len(content) // 3, 2 * len(content) // 3, 12):
        content[at : at + 150] = random.integers(0, 256, 150, np.uint8).tobytes()
    film.write_bytes(content)
