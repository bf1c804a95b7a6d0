"""Opening a knowledge base: one writer at a time, one model, one way to cut; damage by name."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.kernel.hold import held
from animstudio.kernel.machine import Machine
from animstudio.kernel.settings import Settings as Folders
from animstudio.knowledge.chunk import ChunkSpec
from animstudio.knowledge.embed import Embedder, Passages, load_embedder
from animstudio.knowledge.embed.cache import VectorCache
from animstudio.knowledge.index import IndexSpec
from animstudio.knowledge.store import Settings, Store
from animstudio.knowledge.store.refusals import broken, refused
from animstudio.knowledge.store.verify import problems

LOCKS: Final = ".writing"
"""The folder in a base that its writer holds."""
CACHE: Final = "embeddings.sqlite"
"""In the cache folder: vectors by text and model, for all bases."""


def load_model(model: str, machine: Folders) -> Embedder:
    """Return the model of this name on this machine. Raises AskedWrongly if there is none."""
    return load_embedder(
        model, models=machine.models, cache=machine.cache, threads=Machine().cpus()
    )


def settings_of(embedder: Embedder, chunks: ChunkSpec, index: IndexSpec) -> Settings:
    """Return the settings of a base that is made so."""
    return Settings(
        embedder.name,
        embedder.fingerprint,
        embedder.dimensions,
        embedder.limit,
        chunks.model_dump_json(),
        index.model_dump_json(),
    )


def kept_settings(store: Store) -> Settings:
    """Return what a base was made with. Raises WorkFailed where nothing was yet."""
    settings = store.settings()
    if settings is None:
        raise WorkFailed(
            f"{store.folder}: the knowledge base is empty", hint="animstudio kb build fills it"
        )
    return settings


def agree(folder: Path, store: Store, wanted: Settings) -> None:
    """Write the settings of a new base; refuse others than those of one that stands."""
    settings = store.settings()
    if settings is None:
        with store.writing():
            store.keep_settings(wanted)
        return
    if settings.fingerprint != wanted.fingerprint:
        raise other_model(folder, settings.model, wanted.model)
    if settings.chunks != wanted.chunks:
        raise AskedWrongly(
            f"{folder}: its documents are cut otherwise ({settings.chunks})",
            hint="ask for the same chunks, or build in another folder",
        )


@contextlib.contextmanager
def writing_to(folder: Path) -> Iterator[Store]:
    """Give the store to the one process that may write it."""
    with held(folder / LOCKS):
        store = Store(folder, write=True)
        try:
            yield store
        finally:
            store.close()


@contextlib.contextmanager
def sound(store: Store) -> Iterator[None]:
    """Tell a damaged file from a mistake of ours: what goes wrong over one is its damage."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise refused(store.path, error) from error
    except (ArithmeticError, LookupError, MemoryError, TypeError, ValueError) as error:
        with store.reading():
            found = problems(store)
        if found:
            raise broken(store.path, ValueError(found[0].what)) from error
        raise


@contextlib.contextmanager
def passages_of(embedder: Embedder, machine: Folders) -> Iterator[Passages]:
    """Give what embeds passages, each but once on this machine."""
    cache = VectorCache(machine.cache / CACHE, embedder.fingerprint, embedder.dimensions)
    try:
        yield Passages(embedder, cache)
    finally:
        cache.close()


def other_model(folder: Path, made_with: str, asked: str) -> AskedWrongly:
    """Return why a base cannot be used with a model, and the command that changes that."""
    if made_with == asked:
        what = f"the model '{asked}' is not the version it was made with"
    else:
        what = f"it was made with the model '{made_with}', not '{asked}'"
    return AskedWrongly(
        f"{folder}: {what}; their vectors do not mix",
        hint=f"animstudio kb reembed --kb-dir {folder} --embedding-model {asked}",
    )
