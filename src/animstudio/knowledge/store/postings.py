"""Which chunks a term stands in, and how often: in segments that are merged as they grow.

SQLite's FTS5 gives the same scores, and takes 120 ms for a question of twelve words over 100,000
chunks, because it visits every row of every term. Here a term's chunks are two arrays, and a
question costs as many additions as it has postings. Every commit writes a segment; eight of one
level are merged into one of the next, term by term, so that memory stays small (O'Neil et al.,
The log-structured merge-tree, 1996). Chunks that are gone are left out when a segment is merged,
and by their length of 0 until then.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from animstudio.knowledge.store.refusals import broken
from animstudio.knowledge.store.store import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Postings = tuple[NDArray[np.uint32], NDArray[np.uint16]]

FAN: Final = 8
"""Segments of one level that are merged into one."""
_TERMS_AT_ONCE: Final = 500
_MOST: Final = 65535
"""Counts are written in 16 bits; BM25 has stopped counting long before."""


def write_segment(store: Store, found: Mapping[str, Sequence[tuple[int, int]]]) -> None:
    """Write a segment of (chunk, count) by term; inside `Store.writing`."""
    import numpy as np

    if not found:
        return
    segment = _new_segment(store, 0)
    _say_terms(store, segment, map(term_digest, found))
    for term, pairs in found.items():
        array = np.array(pairs, np.int64)
        chunks = array[:, 0].astype(np.uint32)
        _insert(store, term, segment, (chunks, np.minimum(array[:, 1], _MOST).astype(np.uint16)))


Segments = Mapping[int, "NDArray[np.uint64]"]
"""The digests of each segment's terms, sorted: `segment_terms`."""


def read_postings(store: Store, term: str, segments: Segments) -> Postings | None:
    """Return the chunks of a term, rising, and how often each has it; None for none at all.

    Raises WorkFailed for postings that are not what was written, or are missing.
    """
    rows = store.base.execute(
        "SELECT segment, chunks, counts, crc FROM postings WHERE term = ? ORDER BY segment",
        (term,),
    ).fetchall()
    digest = term_digest(term)
    wanted = [number for number, terms in segments.items() if has_term(terms, digest)]
    if [row[0] for row in rows] != wanted:
        raise broken(store.path, ValueError(f"postings of '{term}' are missing"))
    return _joined(store, term, [row[1:] for row in rows]) if rows else None


def segment_terms(store: Store) -> dict[int, NDArray[np.uint64]]:
    """Return the digests of every segment's terms; segments do not change, and are read once."""
    import numpy as np

    numbers = [int(row[0]) for row in store.base.execute("SELECT id FROM segments ORDER BY id")]
    known = store.segments
    for number in numbers:
        if number not in known:
            terms, check = store.base.execute(
                "SELECT terms, crc FROM segments WHERE id = ?", (number,)
            ).fetchone()
            if zlib.crc32(terms) != check:
                raise broken(store.path, ValueError(f"segment {number} has changed"))
            known[number] = np.frombuffer(terms, np.uint64)
    store.segments = {number: known[number] for number in numbers}
    return store.segments


def has_term(terms: NDArray[np.uint64], digest: int) -> bool:
    """Return whether a segment says that it has a term."""
    import numpy as np

    place = int(terms.searchsorted(np.uint64(digest)))
    return place < len(terms) and int(terms[place]) == digest


def term_digest(term: str) -> int:
    """Return a term in 64 bits: of a million terms, two are the same once in 40 million."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest(), "little")


def _say_terms(store: Store, segment: int, digests: Iterable[int]) -> None:
    """Write which terms a segment has."""
    import numpy as np

    store.segments.pop(segment, None)
    found = np.sort(np.array(list(digests), np.uint64)).tobytes()
    store.base.execute(
        "UPDATE segments SET terms = ?, crc = ? WHERE id = ?", (found, zlib.crc32(found), segment)
    )


def merge_segments(store: Store) -> None:
    """Merge as long as a level has `FAN` segments, each merge in a commit of its own."""
    while (full := _full_level(store)) is not None:
        level, segments = full
        with store.writing():
            _merge(store, segments, _new_segment(store, level + 1))
            marks = ",".join("?" * len(segments))
            store.base.execute(f"DELETE FROM postings WHERE segment IN ({marks})", segments)
            store.base.execute(f"DELETE FROM segments WHERE id IN ({marks})", segments)


def _merge(store: Store, segments: Sequence[int], into: int) -> None:
    """Write the postings of some segments as one, without chunks that are gone."""
    import numpy as np

    lengths, _ = store.words()
    marks = ",".join("?" * len(segments))
    said = segment_terms(store)
    terms_there = np.unique(np.concatenate([said[segment] for segment in segments]))
    last, seen, kept = "", 0, []
    while terms := [
        str(row[0])
        for row in store.base.execute(
            f"SELECT DISTINCT term FROM postings WHERE term > ? AND segment IN ({marks})"
            " ORDER BY term LIMIT ?",
            (last, *segments, _TERMS_AT_ONCE),
        )
    ]:
        rows = store.base.execute(
            "SELECT term, chunks, counts, crc FROM postings WHERE term > ? AND term <= ?"
            f" AND segment IN ({marks}) ORDER BY term, segment",
            (last, terms[-1], *segments),
        ).fetchall()
        for term, group in groupby(rows, key=lambda row: str(row[0])):
            chunks, counts = _joined(store, term, [row[1:] for row in group])
            lives = lengths[chunks] > 0
            if lives.any():
                _insert(store, term, into, (chunks[lives], counts[lives]))
                kept.append(term_digest(term))
        last = terms[-1]
        seen += len(terms)
    if seen != len(terms_there):
        raise broken(store.path, ValueError("postings are missing"))
    _say_terms(store, into, kept)


def _full_level(store: Store) -> tuple[int, list[int]] | None:
    rows = store.base.execute("SELECT level, id FROM segments ORDER BY level, id").fetchall()
    for level, group in groupby(rows, key=lambda row: int(row[0])):
        segments = [int(row[1]) for row in group]
        if len(segments) >= FAN:
            return level, segments
    return None


def _new_segment(store: Store, level: int) -> int:
    cursor = store.base.execute(
        "INSERT INTO segments (level, terms, crc) VALUES (?, x'', 0)", (level,)
    )
    return int(cursor.lastrowid or 0)


def _insert(store: Store, term: str, segment: int, postings: Postings) -> None:
    chunks, counts = postings[0].tobytes(), postings[1].tobytes()
    check = zlib.crc32(counts, zlib.crc32(chunks))
    store.base.execute(
        "INSERT INTO postings VALUES (?, ?, ?, ?, ?)", (term, segment, chunks, counts, check)
    )


def _joined(store: Store, term: str, rows: Sequence[tuple[Any, ...]]) -> Postings:
    import numpy as np

    for chunks, counts, check in rows:
        if zlib.crc32(counts, zlib.crc32(chunks)) != check:
            raise broken(store.path, ValueError(f"the postings of '{term}' have changed"))
    return (
        np.frombuffer(b"".join(row[0] for row in rows), np.uint32),
        np.frombuffer(b"".join(row[1] for row in rows), np.uint16),
    )
