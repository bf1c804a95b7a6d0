"""Flat indexes as files, written vector by vector: a base may be larger than memory.

The layout is FAISS's own (``index_write.cpp``): an empty index is written by FAISS, and the two
numbers in it that say how many vectors there are, are set when that is known.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

_ROWS_AT: Final = 8
"""Byte at which the number of rows stands: behind the kind (4) and the dimensions (4)."""


def write_flat(path: Path, empty: Any, vectors: Iterable[bytes]) -> None:
    """Write an index with these vectors, each the bytes of its float32, and sync it."""
    import faiss

    header = faiss.serialize_index(empty).tobytes()
    rows = 0
    with path.open("wb", buffering=1 << 20) as file:
        file.write(header)
        for vector in vectors:
            file.write(vector)
            rows += 1
        file.seek(_ROWS_AT)
        file.write(struct.pack("<q", rows))
        file.seek(len(header) - 8)
        file.write(struct.pack("<Q", rows * int(empty.d)))
        file.flush()
        os.fsync(file.fileno())
