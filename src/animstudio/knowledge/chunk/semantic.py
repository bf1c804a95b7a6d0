"""Structure first, then size: chunks end where the document's own parts do.

From where a chunk begins, the strongest border that leaves it full enough is taken, the last of
several: a heading, a piece of code, a paragraph, a list item or row or cue, a sentence, a line,
and between two words only where there is none of them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Final

from animstudio.knowledge.chunk.borders import (
    APART,
    ITEM,
    LINE,
    SECTION,
    SENTENCE,
    SYMBOL,
    Borders,
    borders,
)
from animstudio.knowledge.chunk.chunk import SPECIAL_TOKENS, ChunkSpec
from animstudio.knowledge.chunk.tokens import TokenIndex
from animstudio.knowledge.document import Document

Span = tuple[int, int]

_ENOUGH: Final = ((SECTION - 6, 0.25), (ITEM, 0.5), (SENTENCE, 0.5), (LINE, 0.5), (ITEM, 0.0),
                  (LINE, 0.0))  # fmt: skip
"""Borders of at least a strength, and how full a chunk must be to end there; tried in order.

A heading may end a chunk early, for what is under it begins a subject; anything else only when
half of the room is used, or passages would be scraps. The shares decide little: on the chunking
set, excerpt recall at 2048 tokens is .980 (hybrid) and .929 (meaning alone) for .1 to .5 at a
heading and .5 to .75 elsewhere, .987 and .935 for .25 elsewhere, .980 and .938 for .9, where one
question of 276 is .0036.
"""


def semantic(document: Document, spec: ChunkSpec, tokens: TokenIndex) -> list[Span]:
    """Return stretches of text that follow the document's structure.

    A chunk repeats the end of the one before, from the beginning of a sentence or item on, where
    both stand under one heading and in one piece of code; never what would push out of it
    something that fits.
    """
    room = spec.chunk_size - SPECIAL_TOKENS
    cutter = _Cutter(tokens, borders(document, tokens, room), room, spec.chunk_overlap)
    return list(cutter.spans())


class _Cutter:
    def __init__(self, tokens: TokenIndex, found: Borders, room: int, overlap: int) -> None:
        self._tokens, self._room, self._overlap = tokens, room, overlap
        self._places, self._strengths = found.places, found.strengths

    def spans(self) -> Iterator[Span]:
        length = len(self._tokens.text)
        start = end = 0
        while end < length:
            until = self._end(start)
            if until <= end:
                start, until = end, self._end(end)
            yield start, until
            start, end = self._repeated(start, until), until

    def _end(self, start: int) -> int:
        limit = self._tokens.reach(start, self._room)
        first = bisect_right(self._places, start)
        last = bisect_right(self._places, limit)
        for number in range(first, last):
            if self._strengths[number] == APART:
                return self._places[number]
        if limit >= len(self._tokens.text):
            return limit
        for strength, share in _ENOUGH:
            full = self._tokens.reach(start, max(1, int(self._room * share))) if share else start
            best = self._best(max(first, bisect_left(self._places, full)), last, strength)
            if best is not None:
                return self._places[best]
        return self._tokens.word_cut(start, limit)

    def _best(self, first: int, last: int, strength: int) -> int | None:
        """Return the strongest border of the range with at least a strength, the last of equals."""
        best = None
        for number in range(first, last):
            if self._strengths[number] >= strength:
                best, strength = number, self._strengths[number]
        return best

    def _repeated(self, start: int, end: int) -> int:
        """Return where the chunk after one that ends at `end` begins."""
        at = bisect_left(self._places, end)
        on_border = at < len(self._places) and self._places[at] == end
        if not self._overlap or (on_border and self._strengths[at] >= SYMBOL - 1):
            return end
        allowed = min(self._overlap, self._left(at + on_border, end))
        begin = end
        while at > 0 and self._places[at - 1] > start:
            at -= 1
            if self._tokens.count(self._places[at], end) > allowed:
                break
            if self._strengths[at] >= SENTENCE:
                begin = self._places[at]
            if self._strengths[at] >= SYMBOL - 1:
                break
        if begin == end and not on_border and allowed:  # within one long line
            begin = self._tokens.word_start(self._tokens.back(end, allowed, start), end)
        return begin

    def _left(self, at: int, end: int) -> int:
        """Return how many tokens the next item or block leaves free in a chunk."""
        limit = self._tokens.reach(end, self._room)
        while at < len(self._places) and self._places[at] <= limit:
            if self._strengths[at] >= ITEM:
                return self._room - self._tokens.count(end, self._places[at])
            at += 1
        if limit < len(self._tokens.text):
            return self._room  # it does not fit into a chunk anyway
        return self._room - self._tokens.count(end, limit)
