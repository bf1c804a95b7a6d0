"""What is done to a base as a whole, by the one process that writes it: taken out, mended, moved.

The functions but `repaired` are called with the store open to write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.kernel.hold import held
from animstudio.kernel.progress import Progress
from animstudio.knowledge.chunk import ChunkSpec
from animstudio.knowledge.documents.names import readable
from animstudio.knowledge.embed import Passages
from animstudio.knowledge.index import IndexSpec, generation
from animstudio.knowledge.opening import LOCKS, settings_of
from animstudio.knowledge.store import Settings, Store
from animstudio.knowledge.store.paths import path_pattern
from animstudio.knowledge.store.reembed import replace_vectors
from animstudio.knowledge.store.renew import renew
from animstudio.knowledge.store.writing import drop, move_root


def renew_index(store: Store, dimensions: int, index: IndexSpec) -> None:
    """Write a generation of the index unless the one in force says it all, and is whole."""
    made = generation.current(store)
    if made is not None and made.kind == index.index_type and generation.says_all(store, made):
        return
    generation.make(store, index, dimensions)


def removed(store: Store, paths: Sequence[str]) -> int:
    """Take documents out, by path or by a pattern with ``*``; return how many.

    Raises AskedWrongly if a path matches none: nothing is taken out then.
    """
    numbers: set[int] = set()
    for path in paths:
        rows = store.base.execute(
            "SELECT id FROM documents WHERE path GLOB ?", (path_pattern(path),)
        )
        found = {int(row[0]) for row in rows}
        if not found:
            raise AskedWrongly(f"{store.folder}: no document '{path}' in it")
        numbers |= found
    with store.writing():
        drop(store, sorted(numbers))
    return len(numbers)


def moved(store: Store, documents: Path, ending: str) -> None:
    """Take documents that were read in a folder whose path has this ending as `documents`'."""
    new, roots = readable(documents), store.roots()
    old = next((root for root in roots if root.endswith(f"/{ending}")), None)
    if old is not None and new not in roots:
        with store.writing():
            move_root(store, old, new, "")


def reembedded(store: Store, settings: Settings, passages: Passages, progress: Progress) -> int:
    """Give every chunk the vectors of another model, in one commit; return how many."""
    embedder = passages.embedder
    index = IndexSpec.model_validate_json(settings.index)
    wanted = settings_of(embedder, ChunkSpec.model_validate_json(settings.chunks), index)
    with store.writing():
        count = replace_vectors(store, passages, progress)
        store.keep_settings(replace(wanted, build_seconds=settings.build_seconds))
        store.base.execute("DELETE FROM generations")
    generation.make(store, index, embedder.dimensions, anew=True)
    return count


def repaired(folder: Path) -> list[str]:
    """Make a damaged base whole out of what can be read; return what was lost, by path."""
    with held(folder / LOCKS):
        lost = renew(folder)
        store = Store(folder, write=True)
        try:
            settings = store.settings()
            if settings is None:
                raise WorkFailed(
                    f"{folder}: nothing can be read of it",
                    hint="build it anew; the documents are untouched",
                )
            spec = IndexSpec.model_validate_json(settings.index)
            generation.make(store, spec, settings.dimensions, anew=True)
        finally:
            store.close()
    return lost
