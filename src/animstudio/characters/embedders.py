"""What embeds pictures: one embedder or several side by side; and references, embedded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from animstudio.characters.cast import check_name
from animstudio.characters.cluster_records import NOISE
from animstudio.kernel.errors import AskedWrongly
from animstudio.media.png import PICTURES, read_cutout
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


def reference_vectors(folder: Path | None, embedder: Embedder) -> dict[str, Floats]:
    """Return the vectors of each reference's pictures, by its folder's name.

    A folder called noise shows what is no character. Raises AskedWrongly.
    """
    if folder is None:
        return {}
    found = {}
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = sorted(p for p in place.iterdir() if p.suffix.lower() in PICTURES)
        pictures = [read_cutout(file) for file in files]
        cutouts = [Cutout(np.ascontiguousarray(p[:, :, :3]), p[:, :, 3] > 127) for p in pictures]
        if cutouts and place.name != NOISE:
            check_name(place.name, str(place))
        if cutouts:
            found[place.name] = embedder.embed(cutouts)
    if not found:
        raise AskedWrongly(
            f"{folder}: there are no references: folders of pictures are expected, NAME/*.png"
        )
    return found
