"""Small films in which bright green things walk over grey grounds: what the fakes find."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from animstudio.media.encode import write_film

WIDTH, HEIGHT, RATE = 320, 180, 12
Picture = NDArray[np.uint8]


def ground(seed: int) -> Picture:
    """Blocks of dull colours: corners to follow, and nothing green."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(60, 130, (HEIGHT // 20, WIDTH // 20, 3), np.uint8)
    return blocks.repeat(20, axis=0).repeat(20, axis=1)


def shot(seed: int, walkers: int, frames: int = 18) -> Iterator[Picture]:
    """`walkers` green figures that walk and bob, side by side."""
    behind = ground(seed)
    for number in range(frames):
        picture = behind.copy()
        for walker in range(walkers):
            x = 40 + 140 * walker + 3 * number
            y = 50 + (number % 4) * 3
            picture[y : y + 70, x : x + 40] = (40, 220, 40)
            picture[y + 10 : y + 20, x + 8 : x + 16] = (20, 20, 20)
        yield picture


def film(path: Path, *walkers: int, times: int = 1) -> Path:
    """A film with a shot for each number of walkers, so many times as large."""
    pictures = (
        p.repeat(times, axis=0).repeat(times, axis=1)
        for seed, count in enumerate(walkers)
        for p in shot(seed, count)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_film(path, pictures, rate=RATE, options={"crf": "12", "g": "12"})
    return path
