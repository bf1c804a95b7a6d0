"""A question over many chunks: in a warm process, in a new one, and with each kind of index."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from measuring import MODES, environment, timed

from animstudio.kernel.settings import Settings as Folders
from animstudio.knowledge.base import KnowledgeBase
from animstudio.knowledge.chunk import Chunk, ChunkSpec
from animstudio.knowledge.document import Block, Document
from animstudio.knowledge.embed import DEFAULT_MODEL
from animstudio.knowledge.evaluate import Judged
from animstudio.knowledge.index import IndexSpec, generation
from animstudio.knowledge.index.spec import IndexType
from animstudio.knowledge.opening import load_model, settings_of
from animstudio.knowledge.search.spec import SearchSpec
from animstudio.knowledge.store import Store
from animstudio.knowledge.store.postings import merge_segments
from animstudio.knowledge.store.writing import Ready, put

KINDS: tuple[IndexType, ...] = ("ivf_flat", "hnsw", "flat_ip")
"""The one that is asked through the command line last."""
COMMIT = 512
EMBEDDED = 500
"""Texts that are embedded; every chunk takes one of these vectors, moved a little."""
ASKED = 200


def query(judged: Judged, chunks: int, place: Path, machine: Folders) -> dict[str, Any]:
    """Return milliseconds of a question over so many chunks: real texts, vectors a little moved."""
    embedder = load_model(DEFAULT_MODEL, machine)
    store = Store(place / "large", write=True)
    with store.writing():
        store.keep_settings(settings_of(embedder, ChunkSpec(), IndexSpec()))
    for batch in _batches(list(judged.corpus.values()), chunks, embedder):
        with store.writing():
            put(store, batch)
        merge_segments(store)
    found: dict[str, Any] = {}
    questions = list(judged.queries.values())[:ASKED]
    nearest: dict[str, list[set[int]]] = {}
    for kind in KINDS:
        spec = IndexSpec(index_type=kind)
        spent, _ = timed(
            lambda spec=spec: generation.make(store, spec, embedder.dimensions, anew=True)
        )
        with KnowledgeBase.open(place / "large", machine, embedder) as base:
            for mode in MODES if kind == "flat_ip" else MODES[:1]:
                found[f"{mode}, {kind}"] = _asked(base, questions, SearchSpec(mode=mode))
            nearest[kind] = [_nearest(base, question) for question in questions]
        found[f"hybrid, {kind}"]["index made in s"] = round(spent, 1)
    for kind in KINDS:
        pairs = zip(nearest[kind], nearest["flat_ip"], strict=True)
        share = statistics.mean(len(some & every) / len(every) for some, every in pairs)
        found[f"hybrid, {kind}"]["recall of 10"] = round(share, 4)
    store.close()
    found["cold `animstudio kb query`"] = _cold(place / "large", machine)
    print(found, flush=True)
    return found


def _asked(base: KnowledgeBase, questions: list[str], spec: SearchSpec) -> dict[str, float]:
    for question in questions[:5]:
        base.query(question, spec)
    spent = [timed(lambda q=q: base.query(q, spec))[0] * 1000 for q in questions]
    return {"p50 ms": round(statistics.median(spent), 2),
            "p95 ms": round(statistics.quantiles(spent, n=20)[-1], 2)}  # fmt: skip


def _nearest(base: KnowledgeBase, question: str) -> set[int]:
    """Return the ten chunks that are nearest by meaning, as the index has it."""
    spec = SearchSpec(mode="dense", top_k=10, merge=False)
    return {hit.chunks[0] for hit in base.query(question, spec)}


def _cold(base: Path, machine: Folders) -> dict[str, float]:
    """Return milliseconds of `kb query` as a new process, the files in the page cache."""
    command = [sys.executable, "-m", "animstudio", "kb", "query", "wing flow", "--kb-dir", base]
    with_cache = environment(ANIMSTUDIO_CACHE=str(machine.cache))
    spent = [
        1000 * timed(lambda: subprocess.run(command, env=with_cache, check=True,
                                            capture_output=True))[0]
        for _ in range(7)
    ]  # fmt: skip
    return {"p50 ms": round(statistics.median(spent)), "least ms": round(min(spent))}


def _batches(texts: list[str], chunks: int, embedder: Any) -> Iterator[list[Ready]]:
    """Give documents of one chunk each."""
    vectors = [each[0] for each in embedder.embed(texts[:EMBEDDED])]
    random = np.random.default_rng(0)
    for start in range(0, chunks, COMMIT):
        batch = []
        for number in range(start, min(start + COMMIT, chunks)):
            text = texts[number % len(texts)]
            moved = vectors[number % len(vectors)] + random.normal(0, 0.02, embedder.dimensions)
            vector = (moved / np.linalg.norm(moved)).astype(np.float32)[None]
            document = Document(f"{number}", "text", text, (Block(0, len(text), "paragraph"),))
            chunk = Chunk(0, len(text), text, 1, 1, len(text) // 4)
            batch.append(Ready("", document, [chunk], [vector]))
        yield batch
