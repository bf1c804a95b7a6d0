"""Reading everything that a knowledge base holds, to see whether it is what was written."""

from __future__ import annotations

import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from animstudio.kernel.errors import WorkFailed
from animstudio.knowledge.index import generation
from animstudio.knowledge.store.postings import has_term, segment_terms, term_digest
from animstudio.knowledge.store.store import Store

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not what was written: where, and what.

    harmless: only unfinished, as after a kill: questions are slower, not answered wrongly.
    """

    where: str
    what: str
    harmless: bool = False


def problems(store: Store) -> list[Problem]:
    """Return everything that is wrong; inside `Store.reading`."""
    try:
        return [*_structure(store), *_chunks(store), *_vectors(store), *_words(store),
                *_index(store)]  # fmt: skip
    except (sqlite3.DatabaseError, WorkFailed, TypeError, ValueError, LookupError) as error:
        # Of a damaged row, anything may be of another kind than it was.
        return [Problem(store.path.name, str(error))]


def _structure(store: Store) -> Iterator[Problem]:
    for row in store.base.execute("PRAGMA integrity_check(20)"):
        if row[0] != "ok":
            yield Problem(store.path.name, str(row[0]))
    store.settings()
    for row in store.base.execute("PRAGMA foreign_key_check"):
        yield Problem(store.path.name, f"row {row[1]} of {row[0]} has lost its {row[2]}")


def _chunks(store: Store) -> Iterator[Problem]:
    numbers = (int(row[0]) for row in store.base.execute("SELECT id FROM chunks").fetchall())
    while some := list(islice(numbers, _AT_ONCE)):
        try:
            store.rows(some)
        except WorkFailed as error:
            yield Problem(store.path.name, error.message)


def _vectors(store: Store) -> Iterator[Problem]:
    for chunk, vector, check in store.base.execute("SELECT chunk, vector, crc FROM vectors"):
        if zlib.crc32(vector) != check:
            yield Problem(store.path.name, f"the vector of chunk {chunk} has changed")
    row = store.base.execute(
        "SELECT count(*) FROM chunks WHERE NOT EXISTS"
        " (SELECT 1 FROM vectors WHERE vectors.chunk = chunks.id)"
    ).fetchone()
    if row[0]:
        yield Problem(store.path.name, f"{row[0]} chunks have no vector")


def _words(store: Store) -> Iterator[Problem]:
    """Add up the postings of every chunk: they are as many as it has words."""
    import numpy as np

    lengths, _ = store.words()
    found = np.zeros(len(lengths), np.int64)
    said = segment_terms(store)
    seen: Counter[int] = Counter()
    for term, segment, chunks, counts, check in store.base.execute(
        "SELECT term, segment, chunks, counts, crc FROM postings"
    ):
        if segment in said and has_term(said[segment], term_digest(term)):
            seen[segment] += 1
        else:
            yield Problem(store.path.name, f"the term '{term}' is in no segment")
        if zlib.crc32(counts, zlib.crc32(chunks)) != check:
            yield Problem(store.path.name, f"the postings of '{term}' have changed")
            continue
        numbers = np.frombuffer(chunks, np.uint32)
        inside = numbers < len(found)
        found[numbers[inside]] += np.frombuffer(counts, np.uint16)[inside]
    if any(seen[segment] != len(terms) for segment, terms in said.items()):
        yield Problem(store.path.name, "postings are missing")
    rows = store.base.execute("SELECT id, words FROM chunks").fetchall()
    wrong = sum(1 for number, words in rows if found[number] != words)
    if wrong:
        yield Problem(store.path.name, f"{wrong} chunks are not found by all their words")


def _index(store: Store) -> Iterator[Problem]:
    made = generation.current(store)
    if made is None:
        if store.count("vectors"):
            yield Problem("index", "there is none yet; questions are slower, not wrong", True)
        return
    if generation.load(store, made) is None:
        yield Problem(made.file, "missing, or not what was written")
    elif not generation.says_all(store, made):
        what = "older than the last commit; questions are slower, not wrong"
        yield Problem(made.file, what, True)
