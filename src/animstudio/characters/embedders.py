"""What embeds pictures: one embedder, or several side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from animstudio.models.registry import Host, build_embedder
from animstudio.models.seams import Cutout, Embedder, Floats


def embedder_of(names: str, host: Host) -> Embedder:
    """Return an embedder by name, or several, parted by +, that count alike.

    Raises AskedWrongly, MissingExtra.
    """
    found = [build_embedder(name, host) for name in names.split("+")]
    return found[0] if len(found) == 1 else Joined(tuple(found))


class Joined:
    """Several embedders as one: their vectors side by side, each of the same weight."""

    def __init__(self, parts: tuple[Embedder, ...]) -> None:
        self._parts = parts

    @property
    def name(self) -> str:
        """The names of its parts."""
        return "+".join(part.name for part in self._parts)

    @property
    def dimensions(self) -> int:
        """Of a vector."""
        return sum(part.dimensions for part in self._parts)

    def embed(self, pictures: Sequence[Cutout]) -> Floats:
        """Return (n, dimensions) float32 vectors of length 1."""
        vectors = [part.embed(pictures) for part in self._parts]
        return np.concatenate(vectors, axis=1) / np.float32(len(vectors) ** 0.5)
