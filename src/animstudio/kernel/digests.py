"""Digests remembered by a file's identity, so that a scan without changes reads nothing.

A file is the same when device, inode, size, modification and change time are. An entry whose
file changed less than `_GRAIN` before it was taken could have been written again within the
clock's granularity; it is not trusted.
"""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

from animstudio.kernel.files import sha256

_GRAIN = 2_000_000_000  # nanoseconds; the coarsest clock of a common file system (FAT)


class DigestCache:
    """Digests in one SQLite file. One process writes it at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._base = _open(path)

    def known(self, path: Path) -> str | None:
        """Return a file's sha256 if its identity is the one it was taken under."""
        row = self._base.execute(
            "SELECT sha256 FROM digests WHERE path = ? AND identity = ?",
            (str(path), _identity(path)),
        ).fetchone()
        return str(row[0]) if row else None

    def digest(self, path: Path) -> str:
        """Return the sha256 of a file, reading it only if it is not `known`."""
        found = self.known(path)
        if found:
            return found
        found = sha256(path)
        self.remember(path, found)
        return found

    def remember(self, path: Path, digest: str) -> None:
        """Store a digest just computed, unless the file is too young to be recognised again."""
        if time.time_ns() - path.stat().st_mtime_ns < _GRAIN:
            return
        with self._base:
            self._base.execute(
                "INSERT OR REPLACE INTO digests VALUES (?, ?, ?)",
                (str(path), _identity(path), digest),
            )

    def close(self) -> None:
        """Close the file."""
        self._base.close()


def _identity(path: Path) -> str:
    s = os.stat(path)
    return f"{s.st_dev}:{s.st_ino}:{s.st_size}:{s.st_mtime_ns}:{s.st_ctime_ns}"


def _open(path: Path) -> sqlite3.Connection:
    """Open the cache; one that cannot be read is only a cache, and begins anew."""
    try:
        return _connect(path)
    except sqlite3.DatabaseError:
        path.unlink(missing_ok=True)
        return _connect(path)


def _connect(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = NORMAL")
    base.execute(
        "CREATE TABLE IF NOT EXISTS digests (path TEXT PRIMARY KEY, identity TEXT, sha256 TEXT)"
    )
    return base
