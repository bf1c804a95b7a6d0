"""The journal's SQLite file: its tables, its transactions, and what its errors mean."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.files import refusal
from animstudio.pipeline.entries import Failure
from animstudio.pipeline.record import Record, StageKey

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS keys (digest TEXT PRIMARY KEY, detail TEXT);
CREATE TABLE IF NOT EXISTS items (
  stage TEXT, item TEXT, dropped INTEGER, body TEXT, PRIMARY KEY (stage, item)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS failures (
  stage TEXT, item TEXT, key TEXT, kind TEXT, reason TEXT, log TEXT, run TEXT, at TEXT,
  PRIMARY KEY (stage, item)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS parts (
  stage TEXT, label TEXT, key TEXT, items TEXT, PRIMARY KEY (stage, label)) WITHOUT ROWID;
"""
_VERSION = 1


@contextlib.contextmanager
def writing(base: sqlite3.Connection | None) -> Iterator[sqlite3.Connection]:
    """One transaction. Raises OutOfRoom on a full disk."""
    if base is None:
        raise ValueError("a plan writes nothing")
    try:
        base.execute("BEGIN IMMEDIATE")
        yield base
        base.execute("COMMIT")
    except sqlite3.Error as error:
        with contextlib.suppress(sqlite3.Error):
            base.execute("ROLLBACK")
        raise translated(error) from error
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            base.execute("ROLLBACK")
        raise


def put_items(base: sqlite3.Connection, records: Iterable[Record]) -> None:
    """Write the rows of items."""
    base.executemany(
        "INSERT OR REPLACE INTO items VALUES (?,?,?,?)",
        [(r.stage, r.item, int(r.dropped), r.as_json()) for r in records],
    )


def delete_items(base: sqlite3.Connection, items: Iterable[tuple[str, str]]) -> None:
    """Delete the rows of items, given by stage and name."""
    base.executemany("DELETE FROM items WHERE stage=? AND item=?", items)


def put_keys(base: sqlite3.Connection, keys: Iterable[tuple[str, StageKey]]) -> None:
    """Write what the digests of stage keys stand for."""
    base.executemany(
        "INSERT OR REPLACE INTO keys VALUES (?, ?)",
        [(digest, key.as_json()) for digest, key in keys],
    )


def put_failure(base: sqlite3.Connection, failure: Failure) -> None:
    """Write why an item was set aside."""
    base.execute(
        "INSERT OR REPLACE INTO failures VALUES (?,?,?,?,?,?,?,?)",
        (failure.stage, failure.item, failure.key, failure.kind, failure.reason,
         failure.log, failure.run, failure.at),
    )  # fmt: skip


def put_fact(base: sqlite3.Connection, name: str, value: str) -> None:
    """Note `offset`, how much of the manifests the rows tell of, or what is `leaving`."""
    base.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


def connect(path: Path) -> sqlite3.Connection:
    """Open a journal to write it. Raises ValueError for one of another version."""
    base = sqlite3.connect(path, isolation_level=None)
    try:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = FULL")
        found = int(base.execute("PRAGMA user_version").fetchone()[0])
        if found not in (0, _VERSION):
            raise ValueError(f"a journal of another version ({found})")
        base.executescript(_SCHEMA)
        base.execute(f"PRAGMA user_version = {_VERSION}")
    except (sqlite3.Error, ValueError):
        base.close()
        raise
    return base


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a journal that stays as it is."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def remove(path: Path) -> None:
    """Delete a journal."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
_OUTSIDE = (*_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED,
            sqlite3.SQLITE_PERM)  # fmt: skip


def outside(error: sqlite3.Error) -> bool:
    """Say whether the disk or another process is at fault: then the journal is as good as ever."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _OUTSIDE


def translated(error: sqlite3.Error) -> Exception:
    """Return what SQLite could not do as an error for people; a full disk has several names."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _FULL:
        return refusal(OSError(errno.ENOSPC, "no room", "the journal"))
    return WorkFailed(f"the journal: {error}") if outside(error) else error
