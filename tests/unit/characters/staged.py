"""Small films in which bright green things walk over grey grounds: what the fakes find."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from animstudio.characters.segmentation import FindSpec, segment_shot
from animstudio.characters.shots_of import shot_items, shot_of
from animstudio.media.encode import write_film
from animstudio.media.png import encode_png
from animstudio.models.fakes import FakeDetector, FakeSegmenter

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


def character_dir(folder: Path, frames: Path, *walkers: int) -> Path:
    """What segmentation leaves of shots with so many walkers; no film is written or read."""
    frames.mkdir(parents=True)
    for scene, count in enumerate(walkers, 1):
        for number, picture in enumerate(shot(scene, count, 4)):
            (frames / f"scene{scene:04d}_frame{number:04d}.png").write_bytes(encode_png(picture))
    (folder / "shots").mkdir(parents=True)
    options = FindSpec(min_size=8000, save_backgrounds=False)
    for item in shot_items(frames, 6):
        one = shot_of(item)
        record = segment_shot(one, options, folder, FakeSegmenter(), FakeDetector())
        (folder / "shots" / f"{one.name}.json").write_text(record.model_dump_json())
    return folder
