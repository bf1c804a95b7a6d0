"""A build or sync as a process of its own, which says where it is: ``python -m`` this module."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path
from typing import Any

from animstudio.knowledge import sync as syncing
from animstudio.knowledge.base import KnowledgeBase
from animstudio.knowledge.index import generation

from ..unit.knowledge.small import Bag, folders

STATEMENTS = ("INSERT INTO documents", "INSERT INTO postings", "INSERT INTO generations", "COMMIT")
"""What a line is written before: a test kills at one of them."""


def main(place: Path) -> None:
    """Build with small commits; write a line to stdout at every step, and go on at once."""
    syncing.COMMIT_CHUNKS = 3  # type: ignore[misc]
    connect = sqlite3.connect

    def telling(*words: Any, **options: Any) -> sqlite3.Connection:
        base = connect(*words, **options)

        def tell(statement: str) -> None:
            if statement.startswith(STATEMENTS):
                print(statement[:20], flush=True)

        base.set_trace_callback(tell)
        return base

    sqlite3.connect = telling  # type: ignore[assignment]
    written = generation.write_flat

    def write_flat(*words: Any) -> None:
        written(*words)
        print("index written", flush=True)

    generation.write_flat = write_flat  # type: ignore[assignment]
    base, synced = KnowledgeBase.build(
        place / "base", place / "documents", folders(place), embedder=Bag()
    )
    print("done", synced.unchanged, flush=True)
    base.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
