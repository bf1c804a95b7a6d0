"""What pictures look like, as vectors; each is computed once on this machine.

What was embedded is remembered by all that it depends on: the embedder and its weights, the code
and the packages that compute, and the content of the pictures. So another cast, another limit or
another film computes nothing that is known, and then no model is loaded at all.

A network's answer differs in its last bits with what else is in the batch. So pictures are
embedded in groups that depend on nothing but themselves (those of a shot, those of a reference),
and whatever was remembered before, the same vectors come out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from animstudio.characters.embedders import embedder_of
from animstudio.kernel.errors import WorkFailed
from animstudio.knowledge.embed.cache import VectorCache
from animstudio.media.png import read_cutout, read_picture
from animstudio.models.registry import Host, model, weights_digest
from animstudio.models.seams import Cutout, Embedder, Floats

Watch = Callable[[int, int], object]
BATCH: Final = 32
"""Pictures embedded at once."""
FILE: Final = "character_vectors.sqlite"
"""In the machine's cache folder."""
_ALWAYS: Final = ("animation-ai-studio", "numpy", "opencv-python-headless")
"""Packages that every vector depends on; others are named with their model."""
_CODE: Final = ("models", "media", "characters/vectors.py")
"""What else computes vectors, below the package's folder."""


@dataclass(frozen=True, slots=True)
class Pictured:
    """A picture that is to be embedded: a file that is transparent around the thing; or a file
    and its mask; or a file all of which is the thing."""

    file: Path
    mask: Path | None = None
    transparent: bool = True

    def open(self) -> Cutout:
        """Return its pixels. Raises WorkFailed if a file does not open."""
        if self.transparent:
            found = read_cutout(self.file)
            return Cutout(np.ascontiguousarray(found[:, :, :3]), found[:, :, 3] > 127)
        shown = read_picture(self.file)
        if self.mask:
            return Cutout(shown, read_cutout(self.mask)[:, :, 0] > 127)
        return Cutout(shown, np.ones(shown.shape[:2], np.bool_))

    def digest(self) -> bytes:
        """Return the digest of its content, and of how it is read. Raises WorkFailed."""
        found = hashlib.sha256(b"transparent" if self.transparent else b"opaque")
        for file in (self.file, *([self.mask] if self.mask else [])):
            try:
                found.update(hashlib.sha256(file.read_bytes()).digest())
            except OSError as error:
                raise WorkFailed(f"{file}: {error.strerror}") from error
        return found.digest()


class Memory(Protocol):
    """What remembers lists of numbers by a text; see `VectorCache`."""

    def known(self, texts: Sequence[str]) -> dict[str, Floats]:
        """Return what is known of these."""
        ...

    def remember(self, vectors: Mapping[str, Floats]) -> None:
        """Remember these."""
        ...


class Vectors:
    """Embeds groups of pictures; what `memory` knows is not computed again.

    `build` returns the embedder, and is called only where something is to be computed.
    """

    def __init__(
        self, name: str, build: Callable[[], Embedder], memory: Memory | None = None
    ) -> None:
        self.name = name
        self._build = cache(build)
        self._memory = memory
        self._dimensions = 0

    @property
    def dimensions(self) -> int:
        """Of a vector."""
        return self._dimensions or self._build().dimensions

    def of(
        self,
        groups: Sequence[Sequence[Pictured]],
        watch: Watch = lambda done, total: None,
    ) -> list[Floats]:
        """Return the vectors (pictures, dimensions) of each group, float32 and of length 1.

        Raises WorkFailed for a picture that does not open, and what building a model raises.
        """
        keys = [_key(group) for group in groups] if self._memory else [""] * len(groups)
        known = self._memory.known([key for key in keys if key]) if self._memory else {}
        total, done = sum(len(group) for group in groups), 0
        found = []
        for group, key in zip(groups, keys, strict=True):
            vectors = _shaped(known.get(key), len(group))
            if vectors is None:
                vectors = self._embedded(group)
                if self._memory:
                    self._memory.remember({key: vectors})
            self._dimensions = vectors.shape[1]
            found.append(vectors)
            done += len(group)
            watch(done, total)
        return found

    def _embedded(self, group: Sequence[Pictured]) -> Floats:
        embedder = self._build()
        batches = [group[first : first + BATCH] for first in range(0, len(group), BATCH)]
        found = [embedder.embed([one.open() for one in batch]) for batch in batches]
        return np.concatenate([np.zeros((0, embedder.dimensions), np.float32), *found])


def _key(group: Sequence[Pictured]) -> str:
    return hashlib.sha256(b"".join(one.digest() for one in group)).hexdigest()


def _shaped(numbers: Floats | None, pictures: int) -> Floats | None:
    """Return remembered numbers as vectors; None where they are none of so many pictures."""
    if numbers is None or not pictures or not numbers.size or numbers.size % pictures:
        return None
    return np.ascontiguousarray(numbers.reshape(pictures, -1))


@contextmanager
def remembered_vectors(names: str, host: Host, folder: Path) -> Iterator[Vectors]:
    """Give an embedder by name, or several, parted by +; `folder` is the machine's cache.

    Raises AskedWrongly for weights that are not there.
    """
    memory = VectorCache(folder / FILE, fingerprint(names, host), 1)
    try:
        yield Vectors(names, lambda: embedder_of(names, host), memory)
    finally:
        memory.close()


def fingerprint(names: str, host: Host) -> str:
    """Return what vectors depend on besides the pictures. Raises AskedWrongly."""
    packages: set[str] = set(_ALWAYS)
    weights: dict[str, str] = {}
    for name in names.split("+"):
        packages |= set(model("embedder", name).packages)
        weights |= dict(weights_digest("embedder", name, host))
    facts = {
        "embedder": names,
        "weights": weights,
        "packages": {name: _version(name) for name in sorted(packages)},
        "code": _code(),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


@cache
def _code() -> str:
    """Return the digest of our own sources, which change between versions in a checkout."""
    home = Path(__file__).parents[1]
    places = [home / name for name in _CODE]
    files = [f for place in places for f in (place.rglob("*.py") if place.is_dir() else [place])]
    digest = hashlib.sha256()
    for file in sorted(files):
        if file.is_file():
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
