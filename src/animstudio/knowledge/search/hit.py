"""What a search returns: a passage, where it stands, and why it was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a passage stands.

    path:       relative to `root`, the folder that was read.
    start, end: characters of the document's text.
    first_line, last_line: from 1; None where the document has no lines of its own (PDF, DOCX).
    begin, stop: seconds of film.
    """

    path: str
    root: str
    doc_type: str
    title: str
    start: int
    end: int
    first_line: int | None = None
    last_line: int | None = None
    headings: tuple[str, ...] = ()
    page: int | None = None
    last_page: int | None = None
    symbol: str | None = None
    scene: int | None = None
    last_scene: int | None = None
    begin: float | None = None
    stop: float | None = None
    characters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scores:
    """Why a passage was found; of merged chunks, the best one's.

    dense: cosine to the question, None where nobody computed it; bm25: of its words; phrase:
    whether it has the question, or what is quoted in it, word for word; reranked: what the
    reranker gave it, None without one.
    """

    dense: float | None
    bm25: float
    phrase: bool = False
    reranked: float | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, best first.

    score:  what hits are ordered by: in hybrid search the fused score, at most 1 (and 1 more
            with an exact phrase), else the cosine or BM25; with a reranker what that gave.
    spans:  characters of `text` on which words of the question stand.
    chunks: numbers of the chunks it is made of, in order.
    before, after: the text around it, where it was asked for.
    """

    text: str
    score: float
    scores: Scores
    citation: Citation
    spans: Sequence[tuple[int, int]]
    chunks: Sequence[int]
    before: str = ""
    after: str = ""


Row = Mapping[str, object]
"""A chunk's row with its document's, as the store gives it."""
