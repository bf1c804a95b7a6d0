"""Cutting a document into chunks: the tokens once, the strategy's stretches, their places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from animstudio.knowledge.chunk.chunk import Chunk, ChunkSpec, Offsets, Strategy
from animstudio.knowledge.chunk.fixed_size import fixed_size
from animstudio.knowledge.chunk.place import Places
from animstudio.knowledge.chunk.semantic import semantic
from animstudio.knowledge.chunk.sentence import sentence
from animstudio.knowledge.chunk.sliding_window import sliding_window
from animstudio.knowledge.chunk.tokens import TokenIndex
from animstudio.knowledge.document import Document

Cut = Callable[[Document, ChunkSpec, TokenIndex], list[tuple[int, int]]]

STRATEGIES: Final[Mapping[Strategy, Cut]] = {
    "fixed_size": fixed_size,
    "sentence": sentence,
    "sliding_window": sliding_window,
    "semantic": semantic,
}
"""The table of strategies; adding one is writing its file, and adding it here."""


def chunk_document(document: Document, spec: ChunkSpec, tokens: Offsets) -> list[Chunk]:
    """Return a document's chunks in order; every character but white space is in one or more.

    `tokens` is called once, with the whole text. A chunk has at most `spec.chunk_size` tokens,
    but for a single character that has more. White space around chunks is left out.
    """
    index = TokenIndex(document.text, tokens(document.text))
    places = Places(document)
    chunks: list[Chunk] = []
    for start, end in STRATEGIES[spec.chunking_strategy](document, spec, index):
        span = _trimmed(document.text, start, end)
        # Without the white space around them, one may only repeat another, or begin where it did.
        if span is None or (chunks and span[1] <= chunks[-1].end):
            continue
        if chunks and span[0] <= chunks[-1].start:
            chunks.pop()
        chunks.append(places.chunk(*span, index))
    return chunks


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the stretch without white space around it, None for nothing else."""
    body = text[start:end]
    kept = body.strip()
    if not kept:
        return None
    start += len(body) - len(body.lstrip())
    return start, start + len(kept)
