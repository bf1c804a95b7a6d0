"""Stand-ins that know nothing: whatever is bright green is a character. For tests and rehearsals.

They are called ``fake`` in every result that they have a part in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from animstudio.media.imaging import patches
from animstudio.media.views import Bytes
from animstudio.models.registry import Host, Model
from animstudio.models.seams import Cutout, Floats, Found, Mask, Newcomers, Sighting

NAME = "fake"


def _green(picture: Bytes) -> Mask:
    blue, green, red = (picture[:, :, n].astype(np.int16) for n in range(3))
    return np.asarray((green > 150) & (green > red + 60) & (green > blue + 60))


@dataclass(frozen=True, slots=True)
class FakeDetector:
    """Finds bright green patches."""

    name: str = NAME

    def find(self, picture: Bytes) -> list[Found]:
        """Return the box of each, the largest first."""
        found = [
            Found((p.x, p.y, p.width, p.height), "a green thing", 0.9)
            for p in patches(_green(picture))
        ]
        return sorted(found, key=lambda one: -one.box[2] * one.box[3])


@dataclass(frozen=True, slots=True)
class FakeSegmenter:
    """Follows a thing by its box: the green patch that is nearest to where it was."""

    name: str = NAME
    finds: bool = False

    def track(self, frames: Iterable[Bytes], newcomers: Newcomers) -> Iterator[Sequence[Sighting]]:
        """Yield the masks of what it was shown."""
        places: dict[int, tuple[float, float]] = {}
        for number, frame in enumerate(frames):
            green = patches(_green(frame))
            seen = []
            for thing, (x, y) in list(places.items()):
                if not green:
                    continue
                near = min(green, key=lambda p: _gap(p.x + p.width / 2, p.y + p.height / 2, x, y))
                places[thing] = near.x + near.width / 2, near.y + near.height / 2
                seen.append(Sighting(thing, near.pixels, 0.9, "a green thing"))
            for one in newcomers(number, frame, seen):
                x, y, width, height = one.box
                thing = len(places) + 1
                places[thing] = x + width / 2, y + height / 2
                mask = np.zeros(frame.shape[:2], np.bool_)
                mask[y : y + height, x : x + width] = True
                seen.append(Sighting(thing, mask & _green(frame), one.score, one.label))
            yield seen


def _gap(x: float, y: float, other_x: float, other_y: float) -> float:
    return (x - other_x) ** 2 + (y - other_y) ** 2


@dataclass(frozen=True, slots=True)
class FakeEmbedder:
    """Embeds by mean colour."""

    name: str = NAME
    dimensions: int = 4

    def embed(self, pictures: Sequence[Cutout]) -> Floats:
        """Return (n, 4) float32 vectors of length 1."""
        found = np.zeros((len(pictures), 4), np.float32)
        for row, one in zip(found, pictures, strict=True):
            own = one.picture[one.mask] if one.mask.any() else one.picture.reshape(-1, 3)
            row[:3], row[3] = own.mean(axis=0) / 255, 0.1
        length = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.maximum(length, 1e-6), np.float32)


def build_detector(model: Model, host: Host) -> FakeDetector:
    """Return it."""
    return FakeDetector()


def build_segmenter(model: Model, host: Host) -> FakeSegmenter:
    """Return it."""
    return FakeSegmenter()


def build_embedder(model: Model, host: Host) -> FakeEmbedder:
    """Return it."""
    return FakeEmbedder()
