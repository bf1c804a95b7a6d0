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


def tell(step: str) -> None:
    """Write a line at once: whoever reads it may end this process."""
    sys.stdout.write(f"{step}\n")
    sys.stdout.flush()


def main(place: Path) -> None:
    """Build with small commits; write a line to stdout at every step, and go on at once."""
    syncing.COMMIT_CHUNKS = 3  # type: ignore[misc]
    connect = sqlite3.connect

    def telling(*words: Any, **options: Any) -> sqlite3.Connection:
        base = connect(*words, **options)

        def traced(statement: str) -> None:
            if statement.startswith(STATEMENTS):
                tell(statement[:20])

        base.set_trace_callback(traced)
        return base

    sqlite3.connect = telling  # type: ignore[assignment]
    written = generation.write_flat

    def write_flat(*words: Any) -> None:
        written(*words)
        tell("index written")

    generation.write_flat = write_flat  # type: ignore[assignment]
    base, _ = KnowledgeBase.build(
        place / "base", place / "documents", folders(place), embedder=Bag()
    )
    tell("done")
    base.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
