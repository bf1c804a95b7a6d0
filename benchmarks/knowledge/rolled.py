"""`animstudio` with a second fast model: the default one, its vectors' numbers moved by one place.

Two models are needed to see whether their vectors are ever mixed; the others that ordinary
packages ship take seconds a passage. A commit is of 16 chunks instead of 512, so that a small
base is written in many.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from animstudio.knowledge import opening, sync
from animstudio.knowledge.embed import load_embedder
from animstudio.knowledge.embed.minilm import MiniLM

NAME = "rolled"


class Rolled(MiniLM):
    """The default model in other vectors."""

    name = NAME

    @property
    def fingerprint(self) -> str:  # type: ignore[override]
        return f"rolled:{MiniLM.fingerprint.func(self)}"

    def embed(self, texts: Sequence[str]) -> list[Any]:
        return [np.roll(vectors, 1, axis=1) for vectors in super().embed(texts)]


def load(name: str, *, models: Path, cache: Path, threads: int) -> Any:
    """Return the embedder of this name, as `load_embedder` does."""
    if name == NAME:
        return Rolled(cache, threads)
    return load_embedder(name, models=models, cache=cache, threads=threads)


opening.load_embedder = load
sync.COMMIT_CHUNKS = 16  # type: ignore[misc]

if __name__ == "__main__":
    from animstudio.cli import main

    main()
