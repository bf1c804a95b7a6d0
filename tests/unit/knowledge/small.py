"""A small embedder without weights, and small bases: what tests of the knowledge wing share."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from animstudio.kernel.settings import Settings as Folders
from animstudio.knowledge.base import KnowledgeBase
from animstudio.knowledge.embed.windows import as_one, windows

WORD = re.compile(r"\w+")


class Bag:
    """Embeds a text as the mean of directions that its words' digests give; 64 dimensions."""

    dimensions = 64

    def __init__(self, name: str = "bag", limit: int = 32) -> None:
        self.name = name
        self.limit = limit
        self.fingerprint = hashlib.sha256(f"{name}:{limit}".encode()).hexdigest()
        self.embedded: list[str] = []

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        return [found.span() for found in WORD.finditer(text)]

    def embed(self, texts: Sequence[str]) -> list[np.ndarray]:
        self.embedded += texts
        return [self._windows(text) for text in texts]

    def reads(self, text: str) -> float:
        return 1.0

    def embed_query(self, text: str) -> np.ndarray:
        return as_one(self._windows(text))

    def _windows(self, text: str) -> np.ndarray:
        offsets = self.offsets(text)
        words = [text[start:end] for start, end in offsets]
        return np.stack([self._one(words[a:b]) for a, b in windows(offsets, self.limit)])

    def _one(self, words: Sequence[str]) -> np.ndarray:
        total = sum((self._direction(word) for word in words), np.full(self.dimensions, 1e-3))
        return (total / np.linalg.norm(total)).astype(np.float32)

    def _direction(self, word: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(f"{self.name}{word.lower()}".encode()).digest()[:8])
        return np.random.default_rng(seed).normal(size=self.dimensions)


def folders(place: Path) -> Folders:
    return Folders(
        models=place / "models", data=place, cache=place / "cache", state=place / "state"
    )


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


FILES = {
    "luca.md": "# Luca\n\n## Friends\n\nAlberto says Silenzio, Bruno to quiet the voice.\n\n"
    "## Race\n\nThe Portorosso Cup is a race of swimming, cycling and pasta.\n",
    "notes/giulia.txt": "Giulia sells fish in the market with her father Massimo.\n",
    "notes/sea.txt": "Sea monsters turn into people when they are dry.\n\n路卡是海怪男孩。\n",
}


def build(place: Path, files: Mapping[str, str] = FILES, **options: object) -> KnowledgeBase:
    write(place / "documents", files)
    base, _ = KnowledgeBase.build(
        place / "base",
        place / "documents",
        folders(place),
        **{"embedder": Bag(), **options},  # type: ignore[arg-type]
    )
    return base
