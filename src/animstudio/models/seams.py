"""What finds, follows and recognises characters, whatever is behind it.

Pictures are BGR (h, w, 3) uint8. Boxes are (x, y, width, height) in pixels of the picture.
Everything here could as well live in another process: arguments and answers are plain arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from animstudio.media.views import Bytes

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """Something a detector sees: where, what it calls it, and how sure it is, 0-1."""

    box: Box
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Sighting:
    """An object in one frame: its mask (h, w) and how sure the segmenter is, 0-1.

    `thing` numbers the object within its shot.
    """

    thing: int
    mask: Mask
    score: float
    label: str = ""


Newcomers = Callable[[int, Bytes, Sequence[Sighting]], Sequence[Found]]
"""Asked for each frame: its number, the frame, and what is followed in it already; says which
further things are to be followed from there on."""


class Detector(Protocol):
    """Finds things in one picture."""

    @property
    def name(self) -> str:
        """As in `models.registry`."""
        ...

    def find(self, picture: Bytes) -> list[Found]:
        """Return what is there, the surest first."""
        ...


class Segmenter(Protocol):
    """Follows things through the frames of one shot."""

    @property
    def name(self) -> str:
        """As in `models.registry`."""
        ...

    @property
    def finds(self) -> bool:
        """Whether it finds things itself, and never asks for newcomers."""
        ...

    def track(self, frames: Iterable[Bytes], newcomers: Newcomers) -> Iterator[Sequence[Sighting]]:
        """Yield what is in each frame, in order; it may read ahead. Memory does not grow."""
        ...


class Embedder(Protocol):
    """Says of pictures what they look like, so that alike ones lie near each other."""

    @property
    def name(self) -> str:
        """As in `models.registry`."""
        ...

    @property
    def dimensions(self) -> int:
        """Of a vector."""
        ...

    def embed(self, pictures: Sequence[Cutout]) -> Floats:
        """Return (n, dimensions) float32 vectors of length 1."""
        ...


@dataclass(frozen=True, slots=True)
class Cutout:
    """A picture to be recognised, BGR (h, w, 3), and which of it belongs to the thing (h, w)."""

    picture: Bytes
    mask: Mask

    def on_neutral(self, level: int = 127) -> Bytes:
        """Return the picture with grey where the thing is not."""
        found = self.picture.copy()
        found[~self.mask] = level
        return found
