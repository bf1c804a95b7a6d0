"""The tables of a knowledge base, and how its file is opened."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from animstudio.kernel.errors import WorkFailed
from animstudio.knowledge.store.refusals import OtherVersion, broken, cannot_write_beside, refused

VERSION: Final = 1
"""Raised when the tables change; a file of a later version is refused, not guessed at."""
_PATIENCE: Final = 30.0
"""Seconds to wait for the one writer to finish a commit."""
_PAGES_KIB: Final = 64 * 1024
"""Memory for pages. A commit touches as many as it has terms; with SQLite's 2 MiB each is read
from the disk anew."""
_CHECKPOINT_PAGES: Final = 16_384
"""64 MiB of log before pages go to their places, each once however often it was written."""

TABLES: Final = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT, root TEXT NOT NULL, path TEXT NOT NULL,
    kind TEXT NOT NULL, title TEXT NOT NULL, language TEXT, sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL, exact INTEGER NOT NULL, lines INTEGER NOT NULL,
    tokens INTEGER NOT NULL, crc INTEGER NOT NULL, UNIQUE (root, path));
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    place INTEGER NOT NULL, lead TEXT NOT NULL, text TEXT NOT NULL, digest BLOB NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, first_line INTEGER NOT NULL,
    last_line INTEGER NOT NULL, tokens INTEGER NOT NULL, headings TEXT NOT NULL, page INTEGER,
    last_page INTEGER, symbol TEXT, symbols TEXT NOT NULL, scene INTEGER, last_scene INTEGER,
    begin REAL, stop REAL, character TEXT, characters TEXT NOT NULL, words INTEGER NOT NULL,
    crc INTEGER NOT NULL, UNIQUE (document, place));
CREATE INDEX chunks_by_digest ON chunks (digest);
CREATE INDEX chunks_by_words ON chunks (words);
CREATE TABLE vectors (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chunk INTEGER NOT NULL REFERENCES chunks (id) ON DELETE CASCADE,
    vector BLOB NOT NULL, crc INTEGER NOT NULL);
CREATE INDEX vectors_by_chunk ON vectors (chunk);
CREATE TABLE segments (
    id INTEGER PRIMARY KEY AUTOINCREMENT, level INTEGER NOT NULL, terms BLOB NOT NULL,
    crc INTEGER NOT NULL);
CREATE TABLE postings (
    term TEXT NOT NULL, segment INTEGER NOT NULL, chunks BLOB NOT NULL, counts BLOB NOT NULL,
    crc INTEGER NOT NULL);
CREATE INDEX postings_by_term ON postings (term, segment);
CREATE TABLE generations (
    number INTEGER PRIMARY KEY AUTOINCREMENT, file TEXT NOT NULL, sha256 TEXT NOT NULL,
    kind TEXT NOT NULL, mark INTEGER NOT NULL, owners BLOB NOT NULL, crc INTEGER NOT NULL,
    facts TEXT NOT NULL);
"""
"""chunks.lead: the white space between this chunk and the one before; chunks.digest: sha256 of the
text; chunks.words: terms in it, indexed so that all are read without the texts; crc: of the row's
other values (`check`), as SQLite itself notices no flipped bit; vectors: one a window;
segments.terms: digests of its terms, sorted, so that a term which is not found is known to be
missing; generations.mark: the last vector in the index, generations.owners: the chunk of each
row."""


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """Open the file; the caller commits. Raises WorkFailed for what is no knowledge base.

    A file in a folder that cannot be written, on a full disk or a read-only share, is read as it
    lies, for which all commits must be in it: that is so once its last reader has closed it.
    """
    try:
        return _opened(path, write=write)
    except sqlite3.DatabaseError as error:
        if write or not cannot_write_beside(path, error) or _log(path):
            raise refused(path, error) from error
    try:
        return _opened(path, write=False, as_it_lies=True)
    except sqlite3.DatabaseError as error:
        raise refused(path, error) from error


def _log(path: Path) -> int:
    """Return the size of the log with commits that are not in the file yet."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size
    except OSError:
        return 0


def _opened(path: Path, *, write: bool, as_it_lies: bool = False) -> sqlite3.Connection:
    name = f"{path.absolute().as_uri()}?immutable=1" if as_it_lies else str(path)
    base = sqlite3.connect(
        name, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, uri=as_it_lies
    )
    try:
        base.execute("PRAGMA foreign_keys = ON")
        base.execute("PRAGMA synchronous = FULL")
        base.execute(f"PRAGMA cache_size = -{_PAGES_KIB}")
        if write:
            base.execute("PRAGMA journal_mode = WAL")
            base.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            _create(base)
        else:
            base.execute("PRAGMA query_only = ON")
        _judge(path, base)
    except BaseException:
        base.close()
        raise
    return base


def _judge(path: Path, base: sqlite3.Connection) -> None:
    version = base.execute("PRAGMA user_version").fetchone()[0]
    if version == 0 and not base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise WorkFailed(
            f"{path}: nothing was written to it yet", hint="animstudio kb build fills it"
        )
    if version != VERSION and _as_made(base):  # a bit that changed, not another version
        raise broken(path, ValueError("its version has changed"))
    if version != VERSION:
        raise OtherVersion(
            f"{path}: written by another version (tables {version}, this one reads {VERSION})",
            hint="build the knowledge base anew in another folder; its documents are untouched",
        )
    if not _as_made(base):
        raise broken(path, ValueError("its tables are not those that were made"))


def _as_made(base: sqlite3.Connection) -> bool:
    """Say whether the tables are called what they should be: names can lose a bit too."""
    try:
        rows = base.execute("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
        made = {str(row[0]).strip() for row in rows}
    except sqlite3.DatabaseError:
        return False
    return made == {statement.strip() for statement in TABLES.split(";") if statement.strip()}


def check(values: Iterable[object]) -> int:
    """Return what tells whether the values of a row are still those that were written."""
    return zlib.crc32(repr(tuple(values)).encode())


def _create(base: sqlite3.Connection) -> None:
    """Make the tables in one transaction, unless they are there."""
    base.execute("BEGIN IMMEDIATE")
    if base.execute("PRAGMA user_version").fetchone()[0] == 0:
        for statement in TABLES.split(";"):
            base.execute(statement)
        base.execute(f"PRAGMA user_version = {VERSION}")
    base.execute("COMMIT")
