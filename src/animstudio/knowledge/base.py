"""A knowledge base: a folder of documents, found again by meaning and by words."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Self

from animstudio.kernel.machine import Machine
from animstudio.kernel.progress import Progress, Reporter, ignore
from animstudio.kernel.settings import Settings as Folders
from animstudio.knowledge import export as exports
from animstudio.knowledge.chunk import ChunkSpec
from animstudio.knowledge.documents import ReadSpec
from animstudio.knowledge.embed import DEFAULT_MODEL, Embedder
from animstudio.knowledge.folder import refuse_nothing
from animstudio.knowledge.index import IndexSpec
from animstudio.knowledge.opening import (
    CACHE,
    agree,
    kept_settings,
    load_model,
    other_model,
    passages_of,
    settings_of,
    sound,
    writing_to,
)
from animstudio.knowledge.search.hit import Hit
from animstudio.knowledge.search.searcher import Reranker, Searcher
from animstudio.knowledge.search.spec import SearchSpec
from animstudio.knowledge.search.where import Where
from animstudio.knowledge.spec import SyncSpec
from animstudio.knowledge.stats import Stats, read_stats
from animstudio.knowledge.store import Settings, Store
from animstudio.knowledge.store.verify import Problem, problems
from animstudio.knowledge.sync import Sync, Synced
from animstudio.knowledge.upkeep import moved, reembedded, removed, renew_index, repaired

__all__ = ["CACHE", "KnowledgeBase", "Stats"]


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
        return base, base.sync(
            documents, spec=sync, limits=limits, progress=progress, index=index, whole=True
        )

    def sync(
        self,
        documents: Path,
        *,
        spec: SyncSpec = SyncSpec(),
        limits: ReadSpec = ReadSpec(),
        progress: Progress = Reporter(ignore),
        index: IndexSpec | None = None,
        whole: bool = False,
    ) -> Synced:
        """Bring the base in line with a folder (or file): new, changed, moved, gone.

        Other folders that were read before stay as they are, and so does what the pattern does
        not select, unless the `whole` folder is meant.
        """
        began = time.monotonic()
        with writing_to(self.folder) as store:
            settings = kept_settings(store)
            embedder = self._embedder(settings)
            index = index or IndexSpec.model_validate_json(settings.index)
            chunks = ChunkSpec.model_validate_json(settings.chunks)
            with passages_of(embedder, self._machine) as passages:
                synced = Sync(
                    store, passages, chunks, spec, limits, progress, Machine().cpus()
                ).run(documents, whole=whole)  # fmt: skip
            renew_index(store, settings.dimensions, index)
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
        with writing_to(self.folder) as store:
            moved(store, documents.resolve(), ending)

    def remove(self, paths: Sequence[str]) -> int:
        """Take documents out, by path or by a pattern with ``*``; return how many.

        They come back with the next sync if their files are still there.

        Raises AskedWrongly if a path matches none.
        """
        with writing_to(self.folder) as store:
            count = removed(store, paths)
            settings = kept_settings(store)
            renew_index(store, settings.dimensions, IndexSpec.model_validate_json(settings.index))
        return count

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
        with sound(self._store):
            return self.searcher.search(query, spec, where, rerank)

    @property
    def searcher(self) -> Searcher:
        """What answers questions; it follows what other processes write."""
        if self._searcher is None:
            spec = IndexSpec.model_validate_json(kept_settings(self._store).index)

            def choose() -> Embedder:
                return self._embedder(kept_settings(self._store))

            self._searcher = Searcher(self._store, choose, spec)
        return self._searcher

    def stats(self) -> Stats:
        """Return the base in numbers."""
        with sound(self._store), self._store.reading():
            return read_stats(self._store, kept_settings(self._store))

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
        return repaired(folder)

    def reembed(
        self,
        model: str = DEFAULT_MODEL,
        *,
        progress: Progress = Reporter(ignore),
        embedder: Embedder | None = None,
    ) -> int:
        """Embed every chunk with another model, and return how many; readers see it all at once."""
        chosen = embedder or load_model(model, self._machine)
        with writing_to(self.folder) as store, passages_of(chosen, self._machine) as passages:
            count = reembedded(store, kept_settings(store), passages, progress)
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

    def _embedder(self, settings: Settings) -> Embedder:
        """Return the model that the base was made with."""
        if self._chosen is not None and self._chosen.fingerprint == settings.fingerprint:
            return self._chosen
        embedder = self._given or load_model(settings.model, self._machine)
        if embedder.fingerprint != settings.fingerprint:
            raise other_model(self.folder, settings.model, embedder.name)
        self._chosen = embedder
        return embedder
