"""Bringing a knowledge base in line with a folder: what is new, changed, moved or gone.

`Sync.run`: look at every file; read, chunk and embed what is new or changed; write it in
batches, each of which is one commit, with what it replaces; then take out what is gone. A kill
loses the batch at hand, and the vectors of that are in the cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from animstudio.kernel.progress import Progress, Task
from animstudio.knowledge.chunk import ChunkSpec, chunk_document
from animstudio.knowledge.document import Document
from animstudio.knowledge.documents import ReadSpec, UnreadableDocument, read_document
from animstudio.knowledge.documents.names import readable
from animstudio.knowledge.folder import (
    asked_for,
    digest_of,
    documents_in,
    is_below,
    named,
    nothing_in,
    really_gone,
    root_of,
)
from animstudio.knowledge.spec import SyncSpec
from animstudio.knowledge.store.postings import merge_segments
from animstudio.knowledge.store.store import Known, Store
from animstudio.knowledge.store.writing import Ready, digest, drop, put

if TYPE_CHECKING:
    from animstudio.knowledge.chunk import Chunk
    from animstudio.knowledge.embed import Passages
    from animstudio.knowledge.embed.embedder import Floats

COMMIT_CHUNKS: Final = 512
"""Chunks of a commit, about: what a kill can cost to chunk and write again."""
_TO_EMPTY: Final = "to empty a knowledge base, remove its documents: animstudio kb remove"


@dataclass(slots=True)
class Synced:
    """What a sync did, in documents and chunks, and the files it could not read, with reasons.

    A file that was read before and cannot be now stays as it was.
    """

    added: int = 0
    changed: int = 0
    moved: int = 0
    removed: int = 0
    unchanged: int = 0
    chunks: int = 0
    embedded: int = 0
    reused: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def wrote(self) -> bool:
        """Whether anything in the base is other than before."""
        return bool(self.added or self.changed or self.moved or self.removed)


@dataclass(slots=True)
class _Batch:
    documents: list[tuple[Document, list[Chunk], tuple[int, ...]]] = field(default_factory=list)
    chunks: int = 0


class Sync:
    """One sync of one folder. The caller holds the writer's lock."""

    def __init__(
        self,
        store: Store,
        passages: Passages,
        chunks: ChunkSpec,
        spec: SyncSpec,
        limits: ReadSpec,
        progress: Progress,
        threads: int,
    ) -> None:
        self._store = store
        self._passages = passages
        self._chunks = chunks
        self._spec = spec
        self._limits = limits
        self._progress = progress
        self._at_once = spec.batch_size * max(1, threads)
        self._synced = Synced()

    def run(self, folder: Path, *, whole: bool) -> Synced:
        """Bring the base in line with a folder, or with one file.

        whole: what the pattern passes over is taken out, not left as it was.
        """
        root, below = root_of(folder.resolve(), self._store)
        known = {
            path: each
            for path, each in self._store.known(readable(root)).items()
            if is_below(path, below)
        }
        failed = self._synced.failed
        files = named(documents_in(folder.resolve(), self._spec.pattern, failed), root, failed)
        if not files and not failed:
            raise nothing_in(folder, self._spec.pattern, _TO_EMPTY if known else None)
        left = {path: each for path, each in known.items() if path not in files}
        if not whole:
            left = asked_for(left, below, self._spec.pattern)
        gone = really_gone(left, root, failed)
        changed = self._look(files, root, known)
        self._write(root, {path: files[path] for path in changed}, known, gone)
        self._take_out(gone)
        merge_segments(self._store)
        return self._synced

    def _look(self, files: Mapping[str, Path], root: Path, known: Mapping[str, Known]) -> list[str]:
        """Return the paths that are new or whose content is not what it was."""
        found = []
        task = self._progress.task("Looking at files", len(files), "files")
        for path, file in files.items():
            if path not in known or digest_of(file, root, self._limits) != known[path].sha256:
                found.append(path)
            else:
                self._synced.unchanged += 1
            task.advance()
        task.finish()
        return found

    def _write(
        self,
        root: Path,
        files: Mapping[str, Path],
        known: Mapping[str, Known],
        gone: dict[str, Known],
    ) -> None:
        task = self._progress.task("Reading and embedding", len(files), "documents")
        batch = _Batch()
        for path, file in files.items():
            document = self._read(root, path, file)
            if document is None:
                task.advance()
                continue
            chunks = chunk_document(document, self._chunks, self._passages.embedder.offsets)
            batch.documents.append((document, chunks, self._replaced(document, known, gone)))
            batch.chunks += len(chunks)
            if batch.chunks >= COMMIT_CHUNKS:
                self._commit(root, batch, task)
                batch = _Batch()
        self._commit(root, batch, task)
        task.finish()

    def _read(self, root: Path, path: str, file: Path) -> Document | None:
        try:
            return read_document(file, root, self._limits)
        except UnreadableDocument as error:
            if self._spec.strict:
                raise
            self._synced.failed[path] = error.reason
            return None

    def _replaced(
        self, document: Document, known: Mapping[str, Known], gone: dict[str, Known]
    ) -> tuple[int, ...]:
        """Return the documents that this one takes the place of, and count what it is."""
        if document.path in known:
            self._synced.changed += 1
            return (known[document.path].id,)
        was = next((each for each in gone.values() if each.sha256 == document.sha256), None)
        if was is not None:
            self._synced.moved += 1
            del gone[was.path]
            return (was.id,)
        self._synced.added += 1
        return ()

    def _commit(self, root: Path, batch: _Batch, task: Task) -> None:
        """Embed what has no vector yet, and write the batch at once."""
        if not batch.documents:
            return
        texts = [chunk.text for _, chunks, _ in batch.documents for chunk in chunks]
        vectors = self._vectors(texts)
        ready = [
            Ready(readable(root), document, chunks, [vectors[chunk.text] for chunk in chunks], old)
            for document, chunks, old in batch.documents
        ]
        with self._store.writing():
            put(self._store, ready)
        self._synced.chunks += len(texts)
        task.advance(len(batch.documents))
        merge_segments(self._store)

    def _vectors(self, texts: list[str]) -> dict[str, Floats]:
        """Return the vectors of texts; those that stand in the base already are kept."""
        keys = {digest(text): text for text in texts}
        found = {keys[key]: each for key, each in self._store.vectors_by_digest(list(keys)).items()}
        self._synced.reused += len(found)
        # Of about the same length together: the last of them are done at the same time.
        new = sorted((text for text in keys.values() if text not in found), key=len, reverse=True)
        self._synced.embedded += len(new)
        task = self._progress.task("Embedding", len(new), "chunks") if new else None
        for start in range(0, len(new), self._at_once):
            some = new[start : start + self._at_once]
            found |= dict(zip(some, self._passages.embed(some), strict=True))
            if task:
                task.advance(len(some))
        if task:
            task.finish()
        return found

    def _take_out(self, gone: Mapping[str, Known]) -> None:
        if not gone:
            return
        with self._store.writing():
            drop(self._store, [each.id for each in gone.values()])
        self._synced.removed += len(gone)
