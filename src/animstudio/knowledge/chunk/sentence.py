"""Chunks of whole sentences, and the last of them again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from animstudio.knowledge.chunk.chunk import SPECIAL_TOKENS, ChunkSpec
from animstudio.knowledge.chunk.sentences import sentence_ends
from animstudio.knowledge.chunk.tokens import TokenIndex
from animstudio.knowledge.document import Document

Span = tuple[int, int]


def sentence(document: Document, spec: ChunkSpec, tokens: TokenIndex) -> list[Span]:
    """Return stretches of whole sentences; one longer than a chunk is cut between words.

    Where a block of the document begins or ends, a sentence does.
    """
    room = spec.chunk_size - SPECIAL_TOKENS
    pieces = _pieces(document, tokens, room)
    spans: list[Span] = []
    first = done = 0
    while done < len(pieces):
        last = done + 1
        start = pieces[first][0]
        while last < len(pieces) and tokens.count(start, pieces[last][1]) <= room:
            last += 1
        if tokens.count(start, pieces[last - 1][1]) > room:  # what is repeated leaves no room
            first = done
            continue
        spans.append((start, pieces[last - 1][1]))
        first, done = _repeated(pieces, tokens, first, last, spec.chunk_overlap), last
    return spans


def _pieces(document: Document, tokens: TokenIndex, room: int) -> list[Span]:
    borders = {0, len(document.text), *sentence_ends(document.text)}
    borders.update(place for block in document.blocks for place in (block.start, block.end))
    places = sorted(borders)
    return [
        piece for start, end in pairwise(places) for piece in _fitting(start, end, tokens, room)
    ]


def _fitting(start: int, end: int, tokens: TokenIndex, room: int) -> list[Span]:
    pieces = []
    while tokens.count(start, end) > room:
        until = min(end, tokens.word_cut(start, tokens.reach(start, room)))
        if until == end:
            break
        pieces.append((start, until))
        start = until
    return [*pieces, (start, end)]


def _repeated(
    pieces: Sequence[Span], tokens: TokenIndex, first: int, last: int, overlap: int
) -> int:
    """Return the first of the sentences behind `first` that the next chunk repeats."""
    end = pieces[last - 1][1]
    again = last
    while again - 1 > first and tokens.count(pieces[again - 1][0], end) <= overlap:
        again -= 1
    return again
