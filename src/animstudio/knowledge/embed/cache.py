"""Vectors remembered by what was embedded with what, for all knowledge bases of this machine."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from animstudio.knowledge.embed.embedder import Floats

_AT_ONCE: Final = 500
"""Keys asked for in one statement; SQLite takes 999 in its oldest builds."""
_PATIENCE: Final = 5.0
"""Seconds to wait for another process that writes."""


class VectorCache:
    """Vectors in one SQLite file, which several processes may use at once.

    It is only a cache: one that cannot be read begins anew, one that cannot be written remembers
    nothing more, and a row that is not what was written is not found. It never harms the work.
    """

    def __init__(self, path: Path, fingerprint: str, dimensions: int) -> None:
        self._base = _open(path)
        self._fingerprint = fingerprint
        self._dimensions = dimensions

    def known(self, texts: Sequence[str]) -> dict[str, Floats]:
        """Return the vectors, (windows, dimensions), of those texts that are known."""
        import numpy as np

        keys = {self._key(text): text for text in texts}
        found = {}
        for key, check, blob in self._rows(list(keys)):
            if zlib.crc32(blob) == check:
                vectors = np.frombuffer(blob, np.float32).reshape(-1, self._dimensions)
                found[keys[key]] = vectors
        return found

    def remember(self, vectors: Mapping[str, Floats]) -> None:
        """Store the vectors of texts."""
        rows = [
            (self._key(text), zlib.crc32(blob), blob)
            for text, each in vectors.items()
            if (blob := each.tobytes())
        ]
        with contextlib.suppress(sqlite3.Error), self._base:
            self._base.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def _rows(self, keys: Sequence[bytes]) -> Iterable[tuple[bytes, int, bytes]]:
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            with contextlib.suppress(sqlite3.Error):
                yield from self._base.execute(
                    f"SELECT key, crc, vectors FROM vectors WHERE key IN ({marks})", some
                ).fetchall()

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._fingerprint}\n{text}".encode()).digest()


def _open(path: Path) -> sqlite3.Connection:
    with contextlib.suppress(sqlite3.OperationalError, OSError):  # locked, or no room
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _connect(str(path))
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:  # it is no cache any more
            pass
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return _connect(str(path))
    return _connect(":memory:")


def _connect(name: str) -> sqlite3.Connection:
    base = sqlite3.connect(name, timeout=_PATIENCE, check_same_thread=False)
    try:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = NORMAL")
        base.execute(
            "CREATE TABLE IF NOT EXISTS vectors"
            " (key BLOB PRIMARY KEY, crc INTEGER, vectors BLOB) WITHOUT ROWID"
        )
        base.execute("SELECT key, crc, vectors FROM vectors LIMIT 1").fetchone()
    except sqlite3.Error:
        base.close()
        raise
    return base
