"""Chunks of a size: as many words as fit, and the last few of them again."""

from __future__ import annotations

from animstudio.knowledge.chunk.chunk import SPECIAL_TOKENS, ChunkSpec
from animstudio.knowledge.chunk.tokens import TokenIndex
from animstudio.knowledge.document import Document

Span = tuple[int, int]


def fixed_size(document: Document, spec: ChunkSpec, tokens: TokenIndex) -> list[Span]:
    """Return the stretches of text, each as full as words allow; the last may be short."""
    room, length = spec.chunk_size - SPECIAL_TOKENS, len(document.text)
    spans: list[Span] = []
    start = end = 0
    while end < length:
        until = tokens.word_cut(start, tokens.reach(start, room))
        if until <= end:  # a word longer than what a chunk has left: it begins the next one
            start, until = end, tokens.word_cut(end, tokens.reach(end, room))
        spans.append((start, until))
        start, end = repeated(tokens, start, until, spec.chunk_overlap), until
    return spans


def repeated(tokens: TokenIndex, start: int, end: int, overlap: int) -> int:
    """Return where the next chunk begins: at most `overlap` tokens before this one's end."""
    if not overlap:
        return end
    return tokens.word_start(tokens.back(end, overlap, start), end)
