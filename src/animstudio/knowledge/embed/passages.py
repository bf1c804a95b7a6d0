"""Embedding passages: each text once, and none that was embedded before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from animstudio.knowledge.embed.cache import VectorCache
    from animstudio.knowledge.embed.embedder import Embedder, Floats


class Passages:
    """Embeds passages with a model, through a cache. Counts what it embedded and what it knew."""

    def __init__(self, embedder: Embedder, cache: VectorCache | None = None) -> None:
        self.embedder = embedder
        self._cache = cache
        self.embedded = 0
        self.known = 0

    def embed(self, texts: Sequence[str]) -> list[Floats]:
        """Return the vectors of each text, (windows, dimensions)."""
        found = self._cache.known(texts) if self._cache else {}
        new = [text for text in dict.fromkeys(texts) if text not in found]
        made = dict(zip(new, self.embedder.embed(new), strict=True)) if new else {}
        if self._cache and made:
            self._cache.remember(made)
        self.embedded += len(made)
        self.known += len(texts) - len(made)
        found |= made
        return [found[text] for text in texts]
