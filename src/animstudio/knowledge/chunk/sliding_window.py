"""Windows of one size, moved so evenly that the last is as full as the first."""

from __future__ import annotations

from math import ceil

from animstudio.knowledge.chunk.chunk import SPECIAL_TOKENS, ChunkSpec
from animstudio.knowledge.chunk.tokens import TokenIndex
from animstudio.knowledge.document import Document

Span = tuple[int, int]


def sliding_window(document: Document, spec: ChunkSpec, tokens: TokenIndex) -> list[Span]:
    """Return the windows; neighbours share about `overlap` tokens or more."""
    room, length = spec.chunk_size - SPECIAL_TOKENS, len(document.text)
    moves = ceil(max(0, len(tokens) - room) / (room - spec.chunk_overlap))
    step = (len(tokens) - room) / moves if moves else 0.0
    spans: list[Span] = []
    end = 0
    while end < length:
        start = _start(tokens, len(spans), moves, step, end)
        until = tokens.word_cut(start, tokens.reach(start, room))
        if until <= end:
            start, until = end, tokens.word_cut(end, tokens.reach(end, room))
        spans.append((start, until))
        end = until
    return spans


def _start(tokens: TokenIndex, number: int, moves: int, step: float, end: int) -> int:
    """Return where a window begins: between words, never behind the end of the one before."""
    if not number or number > moves:
        return end
    wanted = tokens.at(int(number * step))
    if number == moves:  # the last reaches the end: it begins no earlier than that allows
        return tokens.word_start(min(wanted, end), end)
    return min(end, tokens.word_cut(0, wanted))
