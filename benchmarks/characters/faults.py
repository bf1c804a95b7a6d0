"""A set of pictures with planted faults, of which each picture has one at most."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import stills

KINDS = ("blur", "noise", "dark", "light", "low_information", "odd_aspect", "tiny", "corrupt",
         "exact", "near")  # fmt: skip
SIDE = 1024


@dataclass
class Truth:
    """What was planted: the fault of each file, and pairs of twins as (kind, one, other)."""

    faults: dict[str, str] = field(default_factory=dict)
    pairs: list[tuple[str, str, str]] = field(default_factory=list)
    pictures: int = 0


def plant(place: Path, seed: int, clean: int, each: int, films: list[Path]) -> Truth:
    """Write `clean` sound pictures, `each` of every fault, and stills of films; return the truth.

    Half are PNG, half JPEG; half drawn in flat colours, half painted with texture.
    """
    place.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    truth = Truth()
    number = 0
    for kind in ("", *KINDS):
        for turn in range(each if kind else clean):
            number += 1
            scene = seed * 100_000 + number
            picture = stills.still(scene, scene, rng.random(), _size(rng), painted=turn % 2 == 1)
            ending = ".png" if turn % 4 < 2 else ".jpg"
            name = f"p{number:05d}{ending}"
            _write(place / name, _spoilt(picture, kind, rng) if kind else picture)
            if kind in ("exact", "near"):
                twin = f"t{number:05d}{ending if kind == 'exact' else '.jpg'}"
                if kind == "exact":
                    (place / twin).write_bytes((place / name).read_bytes())
                else:
                    _write(place / twin, _retold(picture, turn), quality=70)
                truth.pairs.append((kind, name, twin))
            elif kind:
                truth.faults[name] = kind
            if kind == "corrupt":
                _harm(place / name, turn)
    for film in films:
        _stills_of(film, place)
    truth.pictures = sum(1 for _ in place.iterdir())
    return truth


def save(truth: Truth, file: Path) -> None:
    file.write_text(json.dumps(asdict(truth)))


def _size(rng: np.random.Generator) -> tuple[int, int]:
    return ((SIDE, SIDE), (SIDE, 768), (768, SIDE))[int(rng.integers(3))]


def _write(file: Path, picture: Any, quality: int = 92) -> None:
    how = [cv2.IMWRITE_JPEG_QUALITY, quality] if file.suffix == ".jpg" else []
    if not cv2.imwrite(str(file), picture, how):
        raise OSError(file)


def _spoilt(picture: Any, kind: str, rng: np.random.Generator) -> Any:
    """Return a picture with a fault; how strong it is varies."""
    height, width = picture.shape[:2]
    if kind == "blur":
        return _blurred(picture, rng)
    if kind == "noise":
        noise = rng.normal(0, rng.uniform(10, 25), picture.shape)
        return np.clip(picture + noise, 0, 255).astype(np.uint8)
    if kind == "dark":
        return (picture * rng.uniform(0.06, 0.2)).astype(np.uint8)
    if kind == "light":
        return 255 - ((255 - picture) * rng.uniform(0.01, 0.03)).astype(np.uint8)
    if kind == "low_information":
        flat = np.full_like(picture, rng.integers(60, 200, 3))
        cv2.circle(flat, (width // 2, height // 2), 40, (90, 90, 90), -1)
        return flat
    if kind == "odd_aspect":
        slim = int(height * rng.uniform(0.15, 0.3))
        return np.ascontiguousarray(picture[:, width // 3 : width // 3 + slim])
    if kind == "tiny":
        return cv2.resize(picture, (int(rng.integers(48, 200)),) * 2, interpolation=cv2.INTER_AREA)
    return picture


def _blurred(picture: Any, rng: np.random.Generator) -> Any:
    """Return a picture out of focus, moved, or enlarged from few pixels."""
    height, width = picture.shape[:2]
    how = rng.integers(3)
    if how == 0:
        return cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(3.5, 8)))
    if how == 1:
        length = int(rng.integers(19, 41))
        kernel = np.zeros((length, length), np.float32)
        angle = rng.uniform(0, np.pi)
        half = (length - 1) / 2
        reach = half * np.array([np.cos(angle), np.sin(angle)])
        ends = [tuple(np.round(half + sign * reach).astype(int).tolist()) for sign in (-1, 1)]
        cv2.line(kernel, ends[0], ends[1], 1.0, 1)
        moved = cv2.filter2D(picture, -1, kernel / kernel.sum())
        return cv2.GaussianBlur(moved, (0, 0), 2.5)
    few = cv2.resize(picture, (width // 8, height // 8), interpolation=cv2.INTER_AREA)
    return cv2.resize(few, (width, height), interpolation=cv2.INTER_CUBIC)


def _retold(picture: Any, turn: int) -> Any:
    """Return a picture as another export would have it: smaller, a little cropped, or lighter."""
    height, width = picture.shape[:2]
    if turn % 3 == 0:
        return cv2.resize(picture, (width * 3 // 4, height * 3 // 4), interpolation=cv2.INTER_AREA)
    if turn % 3 == 1:
        return picture[height // 100 : -height // 100, width // 100 : -width // 100]
    return np.clip(picture * 1.08 + 4, 0, 255).astype(np.uint8)


def _harm(file: Path, turn: int) -> None:
    """Cut a file off, empty it, or overwrite some of its bytes with what is no picture."""
    content = file.read_bytes()
    if turn % 3 == 0:
        file.write_bytes(content[: len(content) // 2])
    elif turn % 3 == 1:
        file.write_bytes(b"")
    else:
        file.write_bytes(b"<html>404 not found</html>")


def _stills_of(film: Path, place: Path) -> None:
    """Write a film's frame of every second, as they are; they count as sound pictures."""
    frames = cv2.VideoCapture(str(film))
    every = max(1, round(frames.get(cv2.CAP_PROP_FPS)))
    number = 0
    while True:
        there, frame = frames.read()
        if not there:
            break
        if number % every == every // 2:
            ending = "png" if number // every % 2 else "jpg"
            _write(place / f"film-{film.stem}-{number:05d}.{ending}", frame)
        number += 1
