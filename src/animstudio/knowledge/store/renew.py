"""Making a damaged store whole again, out of what can be read of it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import zlib
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any, Final

from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.files import sync_folder
from animstudio.knowledge.search.words import terms
from animstudio.knowledge.store.postings import merge_segments, write_segment
from animstudio.knowledge.store.refusals import OtherVersion
from animstudio.knowledge.store.store import DOCUMENT, FILE, Settings, Store, weight
from animstudio.knowledge.store.verify import problems
from animstudio.knowledge.store.writing import searched_in

DAMAGED: Final = f"{FILE}.damaged"
_AT_ONCE: Final = 500


def renew(folder: Path) -> list[str]:
    """Put a store of everything sound in a damaged one's place; return lost documents by path.

    A document is taken whole or not at all, and a sound store stays as it is. The caller holds
    the writer's lock; a kill leaves the damaged store in its place.
    """
    if _is_sound(folder):
        return []
    place = folder / ".repair"
    shutil.rmtree(place, ignore_errors=True)
    try:
        lost = _saved(folder / FILE, place)
        _put_in_place(folder, place / FILE)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return lost


def _saved(path: Path, place: Path) -> list[str]:
    """Make a store of everything sound; return lost documents by path."""
    new = Store(place, write=True)
    try:
        lost = _copy(path, new)
        _index_words(new)
        new.base.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
    finally:
        new.close()
    return lost


def _put_in_place(folder: Path, new: Path) -> None:
    (folder / DAMAGED).unlink(missing_ok=True)
    os.link(folder / FILE, folder / DAMAGED)
    for suffix in ("-wal", "-shm"):  # they belong to the damaged one, and its copy has read them
        (folder / (FILE + suffix)).unlink(missing_ok=True)
    new.replace(folder / FILE)
    sync_folder(folder)


def _is_sound(folder: Path) -> bool:
    try:
        store = Store(folder)
    except OtherVersion:
        raise
    except WorkFailed:
        return False
    try:
        with store.reading():
            found = problems(store)
        return store.settings() is not None and all(p.where != FILE for p in found)
    except (sqlite3.DatabaseError, WorkFailed):
        return False
    finally:
        store.close()


def _copy(path: Path, new: Store) -> list[str]:
    """Take over the settings and every document that is what was written."""
    old = sqlite3.connect(path, isolation_level=None)
    try:
        try:
            settings = old.execute("SELECT name, value FROM settings").fetchall()
            last = old.execute("SELECT seq FROM sqlite_sequence WHERE name = 'documents'")
            most = int((last.fetchone() or (0,))[0])
        except sqlite3.DatabaseError as error:
            raise _hopeless(path) from error
        if not {name for name, _ in settings}.issuperset(Settings.__dataclass_fields__):
            raise _hopeless(path)
        with new.writing():
            new.base.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", settings)
        try:
            new.settings()
        except WorkFailed as error:
            raise _hopeless(path) from error
        lost = [name for number in range(1, most + 1) if (name := _take(old, new, number))]
        with new.writing():
            new.base.execute("DELETE FROM settings WHERE name = 'weight'")
            new.note_chunks(weight(new.base.execute("SELECT id, words FROM chunks").fetchall()))
    finally:
        old.close()
    return lost


def _hopeless(path: Path) -> WorkFailed:
    return WorkFailed(
        f"{path}: so much of it is damaged that nothing can be saved",
        hint="build the knowledge base anew in another folder; its documents are untouched",
    )


def _take(old: sqlite3.Connection, new: Store, number: int) -> str | None:
    """Copy a document if it is whole; return its name if it is lost."""
    name = f"document {number}"
    columns = ", ".join(DOCUMENT)
    try:
        row = old.execute(f"SELECT id, {columns} FROM documents WHERE id = ?", (number,)).fetchone()
        if row is None:
            return None
        name = str(row[2])
        chunks = old.execute(
            "SELECT * FROM chunks WHERE document = ? ORDER BY id", (number,)
        ).fetchall()
        vectors = [
            each
            for chunk in chunks
            for each in old.execute(
                "SELECT chunk, vector, crc FROM vectors WHERE chunk = ? ORDER BY id", (chunk[0],)
            ).fetchall()
        ]
        with new.writing():
            _insert(new, "documents", f"id, {columns}", [row])
            _insert(new, "chunks", None, chunks)
            _insert(new, "vectors", "chunk, vector, crc", vectors)
            whole = len(new.rows([chunk[0] for chunk in chunks])) == len(chunks) > 0
            sound = all(zlib.crc32(vector) == check for _, vector, check in vectors)
            if not (whole and sound and {v[0] for v in vectors} == {c[0] for c in chunks}):
                raise WorkFailed("not what was written")
    except (sqlite3.Error, WorkFailed, UnicodeError, TypeError, AttributeError):
        return name  # of a damaged row, anything may be of another kind than it was
    return None


def _insert(store: Store, table: str, columns: str | None, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        into = f"{table} ({columns})" if columns else table
        marks = ", ".join("?" * len(rows[0]))
        store.base.executemany(f"INSERT INTO {into} VALUES ({marks})", rows)


def _index_words(store: Store) -> None:
    """Write the postings of all chunks."""
    numbers = (int(row[0]) for row in store.base.execute("SELECT id FROM chunks").fetchall())
    while some := list(islice(numbers, _AT_ONCE)):
        found: dict[str, list[tuple[int, int]]] = {}
        for chunk, row in sorted(store.rows(some).items()):
            for term, count in Counter(terms(searched_in(row))).items():
                found.setdefault(term, []).append((chunk, count))
        with store.writing():
            write_segment(store, found)
        merge_segments(store)
