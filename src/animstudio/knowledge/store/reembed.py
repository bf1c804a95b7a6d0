"""Embedding the chunks of a store with another model."""

from __future__ import annotations

import zlib
from typing import Final

from animstudio.kernel.progress import Progress
from animstudio.knowledge.embed import Passages
from animstudio.knowledge.store.store import Store

_AT_ONCE: Final = 512


def replace_vectors(store: Store, passages: Passages, progress: Progress) -> int:
    """Give every chunk the vectors of another model; inside one `Store.writing`.

    Returns how many chunks there are. What a kill undoes is in the cache the next time.
    """
    total = store.count("chunks")
    task = progress.task("Embedding", total, "chunks")
    store.base.execute("DELETE FROM vectors")
    last = 0
    while rows := store.base.execute(
        "SELECT id, text FROM chunks WHERE id > ? ORDER BY id LIMIT ?", (last, _AT_ONCE)
    ).fetchall():
        for (chunk, _), vectors in zip(
            rows, passages.embed([text for _, text in rows]), strict=True
        ):
            blobs = [vector.tobytes() for vector in vectors]
            store.base.executemany(
                "INSERT INTO vectors (chunk, vector, crc) VALUES (?, ?, ?)",
                [(chunk, blob, zlib.crc32(blob)) for blob in blobs],
            )
        last = rows[-1][0]
        task.advance(len(rows))
    task.finish()
    return total
