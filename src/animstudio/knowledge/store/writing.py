"""Putting documents into the store and taking them out; inside `Store.writing`."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from animstudio.knowledge.chunk.chunk import Chunk
from animstudio.knowledge.document import Document
from animstudio.knowledge.search.words import terms
from animstudio.knowledge.store.postings import write_segment
from animstudio.knowledge.store.schema import check
from animstudio.knowledge.store.store import DOCUMENT, Store, weight

if TYPE_CHECKING:
    from animstudio.knowledge.embed.embedder import Floats

_CHUNK = (
    "document, place, lead, text, digest, start, end, first_line, last_line, tokens, headings,"
    " page, last_page, symbol, symbols, scene, last_scene, begin, stop, character, characters,"
    " words, crc"
)
_ABOVE: Final = ("headings", "symbols", "characters")
_INSERT = (
    "INSERT INTO chunks ({}) VALUES ({})".format(
        _CHUNK.replace(" end,", ' "end",'), ", ".join("?" * len(_CHUNK.split(",")))
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ready:
    """A document with its chunks and their vectors, and the documents whose place it takes."""

    root: str
    document: Document
    chunks: Sequence[Chunk]
    vectors: Sequence[Floats]
    replaces: tuple[int, ...] = ()


def digest(text: str) -> bytes:
    """Return what tells one chunk's text from another's."""
    return hashlib.sha256(text.encode()).digest()


def put(store: Store, batch: Iterable[Ready]) -> None:
    """Write documents, their chunks, vectors and words; what they replace goes with it."""
    found: dict[str, list[tuple[int, int]]] = {}
    added = 0
    for ready in batch:
        # The old one makes room for its path, inside the same commit.
        drop(store, ready.replaces)
        number = _put_document(store, ready)
        for place, (chunk, vectors) in enumerate(zip(ready.chunks, ready.vectors, strict=True)):
            counts = Counter(terms(_searched(ready.document.title, chunk)))
            lead = _lead(ready.document, ready.chunks, place)
            values = _values(number, place, lead, chunk, counts.total())
            key = int(store.base.execute(_INSERT, values).lastrowid or 0)
            added += weight([(key, counts.total())])
            blobs = [vector.tobytes() for vector in vectors]
            store.base.executemany(
                "INSERT INTO vectors (chunk, vector, crc) VALUES (?, ?, ?)",
                [(key, blob, zlib.crc32(blob)) for blob in blobs],
            )
            for term, count in counts.items():
                found.setdefault(term, []).append((key, count))
    store.note_chunks(added)
    write_segment(store, found)


def drop(store: Store, documents: Iterable[int]) -> None:
    """Take documents out, with their chunks and vectors; their postings go at the next merge."""
    for document in documents:
        rows = store.base.execute("SELECT id, words FROM chunks WHERE document = ?", (document,))
        store.note_chunks(-weight(rows.fetchall()))
        store.base.execute("DELETE FROM documents WHERE id = ?", (document,))


def _put_document(store: Store, ready: Ready) -> int:
    document = ready.document
    values = (
        ready.root,
        document.path,
        document.kind,
        document.title,
        document.language,
        document.sha256,
        document.bytes,
        int(document.exact),
        int(document.lines),
        sum(chunk.tokens for chunk in ready.chunks),
    )
    cursor = store.base.execute(
        "INSERT INTO documents (root, path, kind, title, language, sha256, bytes, exact, lines,"
        " tokens, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*values, check(values)),
    )
    return int(cursor.lastrowid or 0)


def _values(number: int, place: int, lead: str, chunk: Chunk, words: int) -> tuple[object, ...]:
    values = (
        number,
        place,
        lead,
        chunk.text,
        digest(chunk.text),
        chunk.start,
        chunk.end,
        chunk.first_line,
        chunk.last_line,
        chunk.tokens,
        _json(chunk.headings),
        chunk.page,
        chunk.last_page,
        chunk.symbol,
        _json(chunk.symbols),
        chunk.scene,
        chunk.last_scene,
        None if chunk.begin is None else float(chunk.begin),
        None if chunk.stop is None else float(chunk.stop),
        chunk.character,
        _json(chunk.characters),
        words,
    )
    return (*values, check(values))


def _json(values: Sequence[str]) -> str:
    return json.dumps(list(values), ensure_ascii=False)


def _lead(document: Document, chunks: Sequence[Chunk], place: int) -> str:
    """Return what stands between a chunk and the one before, which is white space."""
    if not place:
        return ""
    return document.text[chunks[place - 1].end : chunks[place].start]


def searched_in(row: Mapping[str, Any]) -> str:
    """Return the words that a chunk's row is found by."""
    above = [name for column in _ABOVE for name in json.loads(row[column])]
    return _with(row["text"], (row["title"], *above))


def _searched(title: str, chunk: Chunk) -> str:
    """Return the words a chunk is found by: its own, and those of what it stands under."""
    return _with(chunk.text, (title, *chunk.headings, *chunk.symbols, *chunk.characters))


def _with(text: str, above: Iterable[str]) -> str:
    return "\n".join([*(one for one in above if one not in text), text])


def move_root(store: Store, old: str, new: str, prefix: str) -> None:
    """Name the documents of a folder as seen from another one, `prefix` before their paths."""
    columns = ", ".join(DOCUMENT[:-1])
    for number, *values in store.base.execute(
        f"SELECT id, {columns} FROM documents WHERE root = ?", (old,)
    ).fetchall():
        moved = (new, prefix + values[1], *values[2:])
        store.base.execute(
            "UPDATE documents SET root = ?, path = ?, crc = ? WHERE id = ?",
            (new, moved[1], check(moved), number),
        )
