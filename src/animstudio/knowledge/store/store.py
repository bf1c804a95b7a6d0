"""Documents, chunks and vectors of a knowledge base, read and counted."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from animstudio.knowledge.store import schema
from animstudio.knowledge.store.file import FILE, Settings, StoreFile
from animstudio.knowledge.store.refusals import broken

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from animstudio.knowledge.embed.embedder import Floats

__all__ = ["DOCUMENT", "FILE", "Known", "Settings", "Store", "weight"]

DOCUMENT: Final = (
    "root", "path", "kind", "title", "language", "sha256", "bytes", "exact", "lines", "tokens",
    "crc",
)  # fmt: skip
"""Columns of a document as they are written, their check last."""
_OWN: Final = len(DOCUMENT) - 2
"""Of those, the columns whose names a chunk has not."""
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Known:
    """A document as far as a sync compares it."""

    id: int
    path: str
    sha256: str


def weight(rows: Iterable[tuple[int, int]]) -> int:
    """Return a sum over chunks (number, words) that any one changed bit changes."""
    return sum((number + 1) * words for number, words in rows)


class Store(StoreFile):
    """A knowledge base's documents, chunks and vectors, read and counted."""

    def roots(self) -> list[str]:
        """Return the folders that documents came from."""
        return [str(row[0]) for row in self.base.execute("SELECT DISTINCT root FROM documents")]

    def known(self, root: str) -> dict[str, Known]:
        """Return the documents of a folder by path."""
        rows = self.base.execute("SELECT id, path, sha256 FROM documents WHERE root = ?", (root,))
        return {path: Known(number, path, digest) for number, path, digest in rows}

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        return int(self.base.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def tokens(self) -> int:
        """Return the tokens of all chunks."""
        return int(self.base.execute("SELECT coalesce(sum(tokens), 0) FROM chunks").fetchone()[0])

    def tokens_not_embedded(self, limit: int) -> int:
        """Return the tokens of chunks that are more than their windows of `limit` can hold."""
        row = self.base.execute(
            "SELECT coalesce(sum(max(0, tokens - ? * windows)), 0) FROM (SELECT tokens,"
            " (SELECT count(*) FROM vectors WHERE chunk = chunks.id) AS windows FROM chunks)",
            (limit,),
        ).fetchone()
        return int(row[0])

    def words(self) -> tuple[NDArray[np.int32], float]:
        """Return the terms in each chunk by its number (0: no such chunk), and their mean."""
        import numpy as np

        last = self._last_chunk()
        if str(last) != (self._get("last_chunk") or "0"):
            raise broken(self.path, ValueError("the numbers of its chunks have changed"))
        lengths = np.zeros(last + 1, np.int32)
        rows = self.base.execute("SELECT id, words FROM chunks").fetchall()
        pairs = np.array(rows, np.int64).reshape(-1, 2)
        if weight(rows) != int(self._get("weight") or 0) or pairs[:, 0].max(initial=0) > last:
            raise broken(self.path, ValueError("the lengths of its chunks have changed"))
        lengths[pairs[:, 0]] = np.maximum(pairs[:, 1], 1)
        return lengths, float(lengths[pairs[:, 0]].mean()) if rows else 1.0

    def note_chunks(self, added: int) -> None:
        """Write what tells that no number or length of a chunk has changed; inside `writing`.

        That is the highest number, beside where SQLite keeps it, and the `weight` of all chunks,
        which has grown by `added`.
        """
        self._set("last_chunk", str(self._last_chunk()))
        self._set("weight", str(int(self._get("weight") or 0) + added))

    def _last_chunk(self) -> int:
        row = self.base.execute("SELECT seq FROM sqlite_sequence WHERE name = 'chunks'").fetchone()
        return int(row[0]) if row else 0

    def vectors(self, after: int = 0) -> Iterator[tuple[int, int, bytes]]:
        """Give vector number, chunk and vector of all that follow `after`, in order.

        Raises WorkFailed for a vector that is not what was written.
        """
        rows = self.base.execute(
            "SELECT id, chunk, vector, crc FROM vectors WHERE id > ? ORDER BY id", (after,)
        )
        for number, chunk, vector, check in rows:
            self._check(vector, check, chunk)
            yield number, chunk, vector

    def vectors_of(self, chunks: Sequence[int]) -> dict[int, Floats]:
        """Return the vectors, (windows, dimensions), of some chunks."""
        import numpy as np

        blobs: dict[int, list[bytes]] = {}
        for chunk, vector, check in self._among("chunk, vector, crc", "vectors", "chunk", chunks):
            self._check(vector, check, chunk)
            blobs.setdefault(chunk, []).append(vector)
        return {
            chunk: np.frombuffer(b"".join(each), np.float32).reshape(len(each), -1)
            for chunk, each in blobs.items()
        }

    def vectors_by_digest(self, digests: Sequence[bytes]) -> dict[bytes, Floats]:
        """Return the vectors of chunks that already stand here with the same text."""
        rows = self._among("digest, min(id)", "chunks", "digest", digests, " GROUP BY digest")
        owners = {chunk: digest for digest, chunk in rows}
        return {owners[chunk]: each for chunk, each in self.vectors_of(list(owners)).items()}

    def rows(self, chunks: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return chunks with what is known of their documents, by number.

        Raises WorkFailed for a row that is not what was written.
        """
        found = {}
        columns = "chunks.*, " + ", ".join(f"documents.{name}" for name in DOCUMENT)
        source = "chunks JOIN documents ON documents.id = chunks.document"
        for start in range(0, len(chunks), _AT_ONCE):
            some = list(chunks[start : start + _AT_ONCE])
            marks = ",".join("?" * len(some))
            cursor = self.base.execute(
                f"SELECT {columns} FROM {source} WHERE chunks.id IN ({marks})", some
            )
            names = [column[0] for column in cursor.description]
            for row in cursor:
                self._check_row(row, names)
                size = len(names) - len(DOCUMENT)
                of_chunk = zip(names[:size], row[:size], strict=True)
                of_document = zip(DOCUMENT[:_OWN], row[size : size + _OWN], strict=True)
                found[row[0]] = dict(of_chunk) | dict(of_document)
        return found

    def _check_row(self, row: tuple[Any, ...], names: Sequence[str]) -> None:
        """A chunk's number, its values, their check; then its document's values, and theirs."""
        size = len(names) - len(DOCUMENT)
        text, digest = row[names.index("text")], row[names.index("digest")]
        whole = (
            schema.check(row[1 : size - 1]) == row[size - 1]
            and schema.check(row[size:-1]) == row[-1]
            and hashlib.sha256(text.encode()).digest() == digest
        )
        if not whole:
            damage = ValueError(f"chunk {row[0]} of {row[size + 1]} has changed")
            raise broken(self.path, damage)

    def _among(
        self, columns: str, table: str, column: str, values: Sequence[Any], tail: str = ""
    ) -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(values), _AT_ONCE):
            some = list(values[start : start + _AT_ONCE])
            marks = ",".join("?" * len(some))
            yield from self.base.execute(
                f"SELECT {columns} FROM {table} WHERE {column} IN ({marks}){tail}", some
            )

    def _check(self, blob: bytes, check: int, chunk: int) -> None:
        if zlib.crc32(blob) != check:
            raise broken(self.path, ValueError(f"the vector of chunk {chunk} has changed"))
