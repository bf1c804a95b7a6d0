"""What a knowledge base holds and answers, to be compared with its undisturbed twin's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from animstudio.knowledge.base import KnowledgeBase
from animstudio.knowledge.search.spec import Mode, SearchSpec

Chunks = Mapping[str, tuple[tuple[object, ...], ...]]
"""By document: the place, span, text and words of each chunk."""


@dataclass(frozen=True)
class Content:
    """A base as one commit has it: what documents are, their chunks, and their vectors."""

    documents: Mapping[str, tuple[object, ...]]
    chunks: Chunks
    vectors: Mapping[str, tuple[bytes, ...]]


def content(folder: Path) -> Content:
    """Read a base's file with nothing but SQLite; empty where it has no tables yet."""
    base = sqlite3.connect(folder / "knowledge.sqlite", isolation_level=None, timeout=30)
    try:
        base.execute("BEGIN")
        documents = {
            row[0]: row[1:]
            for row in base.execute("SELECT path, kind, title, sha256, tokens FROM documents")
        }
        chunks: dict[str, list[tuple[object, ...]]] = {path: [] for path in documents}
        for path, *values in base.execute(
            'SELECT path, place, start, "end", lead, text, headings, words FROM chunks'
            " JOIN documents ON documents.id = document ORDER BY document, place"
        ):
            chunks[path].append(tuple(values))
        vectors: dict[str, list[bytes]] = {path: [] for path in documents}
        for path, vector in base.execute(
            "SELECT path, vector FROM vectors JOIN chunks ON chunks.id = chunk"
            " JOIN documents ON documents.id = document ORDER BY document, place, vectors.id"
        ):
            vectors[path].append(vector)
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        return Content({}, {}, {})
    finally:
        base.close()
    return Content(
        documents,
        {path: tuple(each) for path, each in chunks.items()},
        {path: tuple(each) for path, each in vectors.items()},
    )


def answers(base: KnowledgeBase, questions: Iterable[str], mode: Mode) -> list[list[object]]:
    """Return what is found for each question; equals are ordered by their place in documents.

    Of those that score as the last does, any may be found, so they are left out.
    """
    spec = SearchSpec(top_k=20, merge=False, mode=mode)
    found = []
    for question in questions:
        hits = [(-round(hit.score, 5), hit.citation.path, hit.citation.start, hit.text)
                for hit in base.query(question, spec)]  # fmt: skip
        last = hits[-1][0] if len(hits) == spec.top_k else 1.0
        found.append(sorted(hit for hit in hits if hit[0] < last))
    return found


def torn(found: Content, old: Content, new: Content) -> list[str]:
    """Return documents that are neither as they were nor as they will be, wholly."""
    wrong = []
    for path in found.documents:
        whole = [
            (each.documents.get(path), each.chunks.get(path), each.vectors.get(path))
            for each in (old, new)
        ]
        if (found.documents[path], found.chunks[path], found.vectors[path]) not in whole:
            wrong.append(path)
    return wrong


def lost(found: Content, old: Content, new: Content) -> list[str]:
    """Return documents that were there, will be there, and are not."""
    return [path for path in old.documents if path in new.documents and path not in found.documents]
