"""A knowledge base: a folder of documents, found again by meaning and by words."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final, Self

from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.kernel.hold import held
from animstudio.kernel.machine import Machine
from animstudio.kernel.progress import Progress, Reporter, ignore
from animstudio.kernel.settings import Settings as Folders
from animstudio.knowledge import export as exports
from animstudio.knowledge.chunk import ChunkSpec
from animstudio.knowledge.documents import ReadSpec
from animstudio.knowledge.documents.names import readable
from animstudio.knowledge.embed import DEFAULT_MODEL, Embedder, Passages
from animstudio.knowledge.embed.cache import VectorCache
from animstudio.knowledge.folder import refuse_nothing
from animstudio.knowledge.index import IndexSpec, generation
from animstudio.knowledge.opening import (
    LOCKS,
    agree,
    load_model,
    other_model,
    settings_of,
    writing_to,
)
from animstudio.knowledge.search.hit import Hit
from animstudio.knowledge.search.searcher import Reranker, Searcher
from animstudio.knowledge.search.spec import SearchSpec
from animstudio.knowledge.search.where import Where
from animstudio.knowledge.spec import SyncSpec
from animstudio.knowledge.stats import Stats, read_stats
from animstudio.knowledge.store import Settings, Store
from animstudio.knowledge.store.reembed import replace_vectors
from animstudio.knowledge.store.refusals import broken, refused
from animstudio.knowledge.store.renew import renew
from animstudio.knowledge.store.verify import Problem, problems
from animstudio.knowledge.store.writing import drop, move_root
from animstudio.knowledge.sync import Sync, Synced

__all__ = ["CACHE", "KnowledgeBase", "Stats"]

CACHE: Final = "embeddings.sqlite"
"""In the cache folder: vectors by text and model, for all bases."""


class KnowledgeBase:
    """Documents in a folder of their own: SQLite is the truth, the FAISS file is made from it.

    ``KnowledgeBase.build(folder, documents, machine)`` makes or widens one, ``open`` reads one.
    Use it as a context, or `close` it. One process writes at a time; any number read meanwhile,
    and each answer is from one commit.
    """

    def __init__(self, folder: Path, machine: Folders, embedder: Embedder | None = None) -> None:
        self.folder = folder
        self._machine = machine
        self._given = embedder
        self._chosen: Embedder | None = None
        self._store = Store(folder)
        self._searcher: Searcher | None = None

    @classmethod
    def open(cls, folder: Path, machine: Folders, embedder: Embedder | None = None) -> Self:
        """Open a base to read and to change.

        `embedder` takes the place of the model that the base names, if it is the same one.

        Raises:
            AskedWrongly: there is no knowledge base in the folder.
            WorkFailed: it was written by another version, or is damaged.
        """
        return cls(folder, machine, embedder)

    @classmethod
    def build(
        cls,
        folder: Path,
        documents: Path,
        machine: Folders,
        *,
        model: str = DEFAULT_MODEL,
        chunks: ChunkSpec = ChunkSpec(),
        index: IndexSpec = IndexSpec(),
        sync: SyncSpec = SyncSpec(),
        limits: ReadSpec = ReadSpec(),
        progress: Progress = Reporter(ignore),
        embedder: Embedder | None = None,
    ) -> tuple[Self, Synced]:
        """Make a base of a folder of documents, or bring one that stands in line with it.

        Killed, and run again, it goes on where it was. Returns the base, opened, and what was
        done.

        Raises:
            AskedWrongly: no documents, or the base was made with another model or other chunks
                (names the command that changes that).
            WorkFailed: another process writes here.
        """
        chosen = embedder or load_model(model, machine)
        wanted = settings_of(chosen, chunks, index)
        refuse_nothing(documents, sync.pattern)
        with writing_to(folder) as store:
            agree(folder, store, wanted)
        base = cls(folder, machine, chosen)
        return base, base.sync(documents, spec=sync, limits=limits, progress=progress, index=index)

    def sync(
        self,
        documents: Path,
        *,
        spec: SyncSpec = SyncSpec(),
        limits: ReadSpec = ReadSpec(),
        progress: Progress = Reporter(ignore),
        index: IndexSpec | None = None,
    ) -> Synced:
        """Bring the base in line with a folder (or file): new, changed, moved, gone.

        Other folders that were read before stay as they are.
        """
        began = time.monotonic()
        with self._writing() as store:
            settings = self._settings(store)
            embedder = self._embedder(settings)
            index = index or IndexSpec.model_validate_json(settings.index)
            chunks = ChunkSpec.model_validate_json(settings.chunks)
            with self._passages(embedder) as passages:
                synced = Sync(
                    store, passages, chunks, spec, limits, progress, Machine().cpus()
                ).run(documents)  # fmt: skip
            self._renew_index(store, settings, index)
            kept = index.model_dump_json()
            if synced.wrote or kept != settings.index:
                spent = settings.build_seconds + time.monotonic() - began
                with store.writing():
                    store.keep_settings(replace(settings, index=kept, build_seconds=spent))
        return synced

    add = sync

    def moved_with(self, documents: Path, ending: str) -> None:
        """Take documents that were read in a folder whose path has this ending as `documents`'.

        For a base that lies beside its documents and was moved, or copied, together with them.
        """
        new = readable(documents.resolve())
        with self._writing() as store:
            roots = store.roots()
            old = next((root for root in roots if root.endswith(f"/{ending}")), None)
            if old is not None and new not in roots:
                with store.writing():
                    move_root(store, old, new, "")

    def remove(self, paths: Sequence[str]) -> int:
        """Take documents out, by path or by a pattern with ``*``; return how many.

        They come back with the next sync if their files are still there.

        Raises AskedWrongly if a path matches none.
        """
        with self._writing() as store:
            numbers: set[int] = set()
            for path in paths:
                rows = store.base.execute("SELECT id FROM documents WHERE path GLOB ?", (path,))
                found = {int(row[0]) for row in rows}
                if not found:
                    raise AskedWrongly(f"{self.folder}: no document '{path}' in it")
                numbers |= found
            with store.writing():
                drop(store, sorted(numbers))
            settings = self._settings(store)
            self._renew_index(store, settings, IndexSpec.model_validate_json(settings.index))
        return len(numbers)

    def query(
        self,
        query: str,
        spec: SearchSpec = SearchSpec(),
        where: Where | None = None,
        rerank: Reranker | None = None,
    ) -> list[Hit]:
        """Return the best passages for a question, best first.

        `where` filters (``{"doc_type": "code", "scene": 4}``); words in double quotes must stand
        in the passage as they are.
        """
        with self._sound():
            return self.searcher.search(query, spec, where, rerank)

    @property
    def searcher(self) -> Searcher:
        """What answers questions; it follows what other processes write."""
        if self._searcher is None:
            spec = IndexSpec.model_validate_json(self._settings(self._store).index)

            def choose() -> Embedder:
                return self._embedder(self._settings(self._store))

            self._searcher = Searcher(self._store, choose, spec)
        return self._searcher

    def stats(self) -> Stats:
        """Return the base in numbers."""
        with self._sound(), self._store.reading():
            return read_stats(self._store, self._settings(self._store))

    def verify(self) -> list[Problem]:
        """Read everything and return what is wrong with it; an empty list is a sound base."""
        with self._store.reading():
            return problems(self._store)

    @classmethod
    def repair(cls, folder: Path) -> list[str]:
        """Make a damaged base whole again out of what can be read; return what was lost, by path.

        The damaged file is kept as ``knowledge.sqlite.damaged``. The next sync reads the lost
        documents again. What is sound costs nothing but a check.
        """
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

    def reembed(
        self,
        model: str = DEFAULT_MODEL,
        *,
        progress: Progress = Reporter(ignore),
        embedder: Embedder | None = None,
    ) -> int:
        """Embed every chunk with another model, and return how many; readers see it all at once."""
        chosen = embedder or load_model(model, self._machine)
        with self._writing() as store:
            settings = self._settings(store)
            index = IndexSpec.model_validate_json(settings.index)
            chunks = ChunkSpec.model_validate_json(settings.chunks)
            with self._passages(chosen) as passages, store.writing():
                count = replace_vectors(store, passages, progress)
                wanted = settings_of(chosen, chunks, index)
                store.keep_settings(replace(wanted, build_seconds=settings.build_seconds))
                store.base.execute("DELETE FROM generations")
            generation.make(store, index, chosen.dimensions, anew=True)
        self._given = self._chosen = chosen
        return count

    def export(self, folder: Path) -> list[Path]:
        """Write ``index.faiss``, ``documents.json``, ``chunks.json`` and ``stats.json``."""
        with self._store.reading():
            return exports.export(self._store, asdict(self.stats()), folder)

    def close(self) -> None:
        """Close the base."""
        if self._searcher is not None:
            self._searcher.close()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _sound(self) -> Iterator[None]:
        """Tell a damaged file from a mistake of ours: what goes wrong over one is its damage."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise refused(self._store.path, error) from error
        except (ArithmeticError, LookupError, MemoryError, TypeError, ValueError) as error:
            found = self.verify()
            if found:
                raise broken(self._store.path, ValueError(found[0].what)) from error
            raise

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Store]:
        with writing_to(self.folder) as store:
            yield store

    @contextlib.contextmanager
    def _passages(self, embedder: Embedder) -> Iterator[Passages]:
        cache = VectorCache(self._machine.cache / CACHE, embedder.fingerprint, embedder.dimensions)
        try:
            yield Passages(embedder, cache)
        finally:
            cache.close()

    def _renew_index(self, store: Store, settings: Settings, index: IndexSpec) -> None:
        """Write a generation of the index unless the one in force says it all, and is whole."""
        made = generation.current(store)
        if made is not None and made.kind == index.index_type and generation.says_all(store, made):
            return
        generation.make(store, index, settings.dimensions)

    def _settings(self, store: Store) -> Settings:
        settings = store.settings()
        if settings is None:
            raise WorkFailed(
                f"{self.folder}: the knowledge base is empty",
                hint="animstudio kb build fills it",
            )
        return settings

    def _embedder(self, settings: Settings) -> Embedder:
        """Return the model that the base was made with."""
        if self._chosen is not None and self._chosen.fingerprint == settings.fingerprint:
            return self._chosen
        embedder = self._given or load_model(settings.model, self._machine)
        if embedder.fingerprint != settings.fingerprint:
            raise other_model(self.folder, settings.model, embedder.name)
        self._chosen = embedder
        return embedder
