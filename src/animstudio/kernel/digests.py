"""Digests remembered by a file's identity, so that a scan without changes reads nothing.

A file is the same when device, inode, size, modification and change time are. An identity
taken less than `_GRAIN` after the file changed is not trusted: the file could be written once
more within the clock's granularity and look the same.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from animstudio.kernel.files import sha256

_GRAIN = 2_000_000_000  # nanoseconds; the coarsest clock of a common file system (FAT)
_ROWS, _SECONDS = 1000, 1.0
"""Digests, and seconds, after which those that were taken are written: what a crash costs."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a file looked like from outside, and whether that tells it from later versions."""

    marks: str
    settled: bool

    @classmethod
    def of(cls, path: Path | str) -> Identity:
        """Look at a file; take this before its content is read. Raises OSError."""
        return cls.seen(os.stat(path))  # noqa: PTH116 - of thousands of plain strings

    @classmethod
    def seen(cls, s: os.stat_result) -> Identity:
        """Return the identity of a file that was looked at just now."""
        marks = f"{s.st_dev}:{s.st_ino}:{s.st_size}:{s.st_mtime_ns}:{s.st_ctime_ns}"
        return cls(marks, time.time_ns() - s.st_mtime_ns >= _GRAIN)

    def holds(self, path: Path | str) -> bool:
        """Return whether the file still looks the same."""
        try:
            return Identity.of(path).marks == self.marks
        except OSError:
            return False


class DigestCache:
    """Digests in one SQLite file. One process writes it at a time.

    It is only a cache: one that cannot be read begins anew, and one that cannot be written (a
    full disk) remembers nothing more. It never harms the work. Digests are written many at a
    time, as a commit for each would cost more than reading a small file.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._base = _open(path)
        self._clock = clock
        self._fresh: dict[str, tuple[str, str]] = {}
        self._written = clock()

    def known(self, path: Path) -> str | None:
        """Return a file's sha256 if it looks as it did when that was taken. Raises OSError."""
        marks = Identity.of(path).marks
        if fresh := self._fresh.get(str(path)):
            return fresh[1] if fresh[0] == marks else None
        with contextlib.suppress(sqlite3.Error, UnicodeEncodeError):
            row = self._base.execute(
                "SELECT sha256 FROM digests WHERE path = ? AND identity = ?", (str(path), marks)
            ).fetchone()
            return str(row[0]) if row else None
        return None

    def digest(self, path: Path) -> str:
        """Return the sha256 of a file, reading it only if it is not `known`."""
        found = self.known(path)
        if found:
            return found
        seen = Identity.of(path)
        found = sha256(path)
        self.remember(path, found, seen)
        return found

    def remember(self, path: Path, digest: str, seen: Identity) -> None:
        """Store a digest; `seen` is the file's identity from before its content was read."""
        if seen.settled and seen.holds(path):
            self.keep(str(path), digest, seen.marks)

    def keep(self, path: str, digest: str, marks: str) -> None:
        """Store a digest whose file, settled, still looked the same after it was read."""
        with contextlib.suppress(UnicodeEncodeError):  # SQLite keeps no path that is no text
            path.encode()
            self._fresh[path] = (marks, digest)
        if len(self._fresh) >= _ROWS or self._clock() - self._written >= _SECONDS:
            self.write()

    def write(self) -> None:
        """Write what was taken since the last time."""
        rows = [(path, *found) for path, found in self._fresh.items()]
        self._fresh.clear()
        self._written = self._clock()
        with contextlib.suppress(sqlite3.Error), self._base:
            self._base.executemany("INSERT OR REPLACE INTO digests VALUES (?, ?, ?)", rows)

    def everything(self) -> dict[str, tuple[str, str]]:
        """Return all that is remembered: identity and sha256 by path, for scans of many files."""
        found: dict[str, tuple[str, str]] = {}
        with contextlib.suppress(sqlite3.Error):
            rows = self._base.execute("SELECT path, identity, sha256 FROM digests")
            found = {path: (identity, digest) for path, identity, digest in rows}
        return found | self._fresh

    def close(self) -> None:
        """Write what is left, and close the file."""
        self.write()
        self._base.close()


def _open(path: Path) -> sqlite3.Connection:
    with contextlib.suppress(sqlite3.Error, OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        return _connect(str(path))
    with contextlib.suppress(sqlite3.Error, OSError):
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return _connect(str(path))
    return _connect(":memory:")


def _connect(name: str) -> sqlite3.Connection:
    base = sqlite3.connect(name)
    try:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = NORMAL")
        base.execute(
            "CREATE TABLE IF NOT EXISTS digests (path TEXT PRIMARY KEY, identity TEXT, sha256 TEXT)"
        )
        base.execute("SELECT path, identity, sha256 FROM digests LIMIT 1").fetchone()
    except sqlite3.Error:
        base.close()
        raise
    return base
