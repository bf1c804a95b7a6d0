"""A knowledge base: a folder of documents, found again by meaning and by words."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.kernel.hold import held
from animstudio.kernel.machine import Machine
from animstudio.kernel.progress import Progress, Reporter, ignore
from animstudio.kernel.settings import Settings as Folders
from animstudio.knowledge import export as exports
from animstudio.knowledge.chunk import ChunkSpec
from animstudio.knowledge.documents import ReadSpec
from animstudio.knowledge.embed import DEFAULT_MODEL, Embedder, Passages, load_embedder
from animstudio.knowledge.embed.cache import VectorCache
from animstudio.knowledge.index import IndexSpec, generation
from animstudio.knowledge.search.hit import Hit
from animstudio.knowledge.search.searcher import Reranker, Searcher
from animstudio.knowledge.search.spec import SearchSpec
from animstudio.knowledge.search.where import Where
from animstudio.knowledge.spec import SyncSpec
from animstudio.knowledge.store import Settings, Store
from animstudio.knowledge.store.reembed import replace_vectors
from animstudio.knowledge.store.renew import renew
from animstudio.knowledge.store.verify import Problem, problems
from animstudio.knowledge.store.writing import drop, move_root
from animstudio.knowledge.sync import Sync, Synced

CACHE: Final = "embeddings.sqlite"
"""In the cache folder: vectors by text and model, for all bases."""
LOCKS: Final = ".writing"


@dataclass(frozen=True, slots=True)
class Stats:
    """A knowledge base in numbers, under the names of the report.

    tokens_not_embedded: tokens of chunks that no window of the embedder has read; 0.
    recall: of ten nearest, what `ivf_flat` or `hnsw` find of what a flat index does.
    """

    total_documents: int
    total_chunks: int
    total_embeddings: int
    total_tokens: int
    tokens_not_embedded: int
    embedding_dim: int
    embedding_model: str
    index_type: str
    index: dict[str, Any]
    chunking_strategy: str
    chunk_size: int
    chunk_overlap: int
    build_time_seconds: float
    bytes: int
    documents_by_type: dict[str, int]


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
        chosen = embedder or _load(model, machine)
        wanted = _settings(chosen, chunks, index)
        with _writing(folder) as store:
            _agree(folder, store, wanted)
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
            if synced.wrote:
                spent = settings.build_seconds + time.monotonic() - began
                with store.writing():
                    store.keep_settings(
                        replace(settings, index=index.model_dump_json(), build_seconds=spent)
                    )
        return synced

    add = sync

    def moved_with(self, documents: Path, ending: str) -> None:
        """Take documents that were read in a folder whose path has this ending as `documents`'.

        For a base that lies beside its documents and was moved, or copied, together with them.
        """
        new = str(documents.resolve())
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
        with self._store.reading():
            settings = self._settings(self._store)
            chunks = ChunkSpec.model_validate_json(settings.chunks)
            made = generation.current(self._store)
            kinds = self._store.base.execute("SELECT kind, count(*) FROM documents GROUP BY kind")
            return Stats(
                total_documents=self._store.count("documents"),
                total_chunks=self._store.count("chunks"),
                total_embeddings=self._store.count("vectors"),
                total_tokens=self._store.tokens(),
                tokens_not_embedded=self._store.tokens_not_embedded(settings.limit),
                embedding_dim=settings.dimensions,
                embedding_model=settings.model,
                index_type=IndexSpec.model_validate_json(settings.index).index_type,
                index=made.facts if made else {},
                chunking_strategy=chunks.chunking_strategy,
                chunk_size=chunks.chunk_size,
                chunk_overlap=chunks.chunk_overlap,
                build_time_seconds=round(settings.build_seconds, 3),
                bytes=sum(file.stat().st_size for file in self.folder.iterdir() if file.is_file()),
                documents_by_type=dict(sorted(kinds.fetchall())),
            )

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
        chosen = embedder or _load(model, self._machine)
        with self._writing() as store:
            settings = self._settings(store)
            index = IndexSpec.model_validate_json(settings.index)
            chunks = ChunkSpec.model_validate_json(settings.chunks)
            with self._passages(chosen) as passages, store.writing():
                count = replace_vectors(store, passages, progress)
                wanted = _settings(chosen, chunks, index)
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
    def _writing(self) -> Iterator[Store]:
        with _writing(self.folder) as store:
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
        embedder = self._given or _load(settings.model, self._machine)
        if embedder.fingerprint != settings.fingerprint:
            raise _other_model(self.folder, settings.model, embedder.name)
        self._chosen = embedder
        return embedder


def _load(model: str, machine: Folders) -> Embedder:
    return load_embedder(
        model, models=machine.models, cache=machine.cache, threads=Machine().cpus()
    )


def _settings(embedder: Embedder, chunks: ChunkSpec, index: IndexSpec) -> Settings:
    return Settings(
        embedder.name,
        embedder.fingerprint,
        embedder.dimensions,
        embedder.limit,
        chunks.model_dump_json(),
        index.model_dump_json(),
    )


def _agree(folder: Path, store: Store, wanted: Settings) -> None:
    """Write the settings of a new base; refuse others than those of one that stands."""
    settings = store.settings()
    if settings is None:
        with store.writing():
            store.keep_settings(wanted)
        return
    if settings.fingerprint != wanted.fingerprint:
        raise _other_model(folder, settings.model, wanted.model)
    if settings.chunks != wanted.chunks:
        raise AskedWrongly(
            f"{folder}: its documents are cut otherwise ({settings.chunks})",
            hint="ask for the same chunks, or build in another folder",
        )


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[Store]:
    """Give the store to the one process that may write it."""
    with held(folder / LOCKS):
        store = Store(folder, write=True)
        try:
            yield store
        finally:
            store.close()


def _other_model(folder: Path, made_with: str, asked: str) -> AskedWrongly:
    if made_with == asked:
        what = f"the model '{asked}' is not the version it was made with"
    else:
        what = f"it was made with the model '{made_with}', not '{asked}'"
    return AskedWrongly(
        f"{folder}: {what}; their vectors do not mix",
        hint=f"animstudio kb reembed --kb-dir {folder} --embedding-model {asked}",
    )
