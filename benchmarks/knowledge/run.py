"""How well and how fast are passages found, beside what people would write or install instead?

python benchmarks/knowledge/run.py --eval FOLDER [--parts quality speed build query change]
                                   [--chunks 100000] [--documents 1000]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import peers

from animstudio.kernel.machine import Machine
from animstudio.kernel.settings import Settings as Folders
from animstudio.knowledge.base import KnowledgeBase
from animstudio.knowledge.chunk import Chunk, ChunkSpec
from animstudio.knowledge.document import Block, Document
from animstudio.knowledge.embed import DEFAULT_MODEL, Passages, load_embedder
from animstudio.knowledge.embed.cache import VectorCache
from animstudio.knowledge.evaluate import Judged, evaluate, fill, read_judged
from animstudio.knowledge.index import IndexSpec, generation
from animstudio.knowledge.search.searcher import Searcher
from animstudio.knowledge.search.spec import Mode, SearchSpec
from animstudio.knowledge.store import Settings, Store
from animstudio.knowledge.store.postings import merge_segments
from animstudio.knowledge.store.writing import Ready, put

MODES: tuple[Mode, ...] = ("hybrid", "dense", "bm25")


def read_set(folder: Path) -> Judged:
    """Return a set; SciFact's is the test part."""
    part = ".test" if (folder / "qrels.test.tsv").exists() else ""
    corpus = next(folder.glob("corpus.jsonl*"))
    return read_judged(corpus, folder / f"queries{part}.jsonl", folder / f"qrels{part}.tsv")


def quality(sets: Path, machine: Folders) -> dict[str, Any]:
    """Return nDCG@10 of every set by mode."""
    embedder = load_embedder(DEFAULT_MODEL, models=machine.models, cache=machine.cache,
                             threads=Machine().cpus())  # fmt: skip
    cache = VectorCache(machine.cache / "embeddings.sqlite", embedder.fingerprint, 384)
    found = {}
    for folder in sorted(path.parent for path in sets.glob("*/corpus.jsonl*")):
        judged = read_set(folder)
        with tempfile.TemporaryDirectory() as place:
            store = Store(Path(place), write=True)
            fill(store, judged, Passages(embedder, cache), ChunkSpec(), IndexSpec())
            searcher = Searcher(store, lambda: embedder, IndexSpec())
            scores = {m: evaluate(store, searcher, judged, SearchSpec(mode=m)) for m in MODES}
            store.close()
        found[folder.name] = {mode: each.ndcg_10 for mode, each in scores.items()}
        print(folder.name, found[folder.name], flush=True)
    return found


def speed(texts: list[str], machine: Folders) -> dict[str, Any]:
    """Return tokens a second and cosines, ours and sentence-transformers', in turns."""
    ours = load_embedder(DEFAULT_MODEL, models=machine.models, cache=machine.cache,
                         threads=Machine().cpus())  # fmt: skip
    texts = [cut(text, ours.offsets(text)) for text in texts]
    tokens = sum(len(ours.offsets(text)) + 2 for text in texts)
    rates: dict[str, list[float]] = {"ours": []}
    ours.embed(texts[:4])
    theirs = peers.sentence_transformer(Machine().cpus())
    if theirs:
        theirs.encode(texts[:4])
    for _ in range(3):
        spent, vectors = timed(lambda: ours.embed(texts))
        rates["ours"].append(tokens / spent)
        for size in (8, 32) if theirs else ():
            name = f"sentence-transformers, batches of {size}"
            spent, other = timed(
                lambda size=size: theirs.encode(
                    texts, batch_size=size, normalize_embeddings=True, show_progress_bar=False
                )
            )
            rates.setdefault(name, []).append(tokens / spent)
    found: dict[str, Any] = {name: round(max(each)) for name, each in rates.items()}
    if theirs:
        cosines = (np.concatenate(vectors) * other).sum(axis=1)
        found |= {"cosine mean": float(cosines.mean()), "cosine least": float(cosines.min())}
    print(found, flush=True)
    return found


def cut(text: str, offsets: Any) -> str:
    """Return as much of a text as sentence-transformers reads: 256 tokens with the special ones."""
    return text[: offsets[253][1]] if len(offsets) > 254 else text


def build(texts: list[str], place: Path) -> dict[str, Any]:
    """Return seconds of a build from files, ours with an empty cache and the peers'."""
    documents = place / "documents"
    documents.mkdir()
    for number, text in enumerate(texts):
        (documents / f"{number}.txt").write_text(text, encoding="utf-8")
    machine = folders(place / "fresh")
    runs: dict[str, Callable[[], object]] = {
        "ours": lambda: KnowledgeBase.build(place / "base", documents, machine)
    }
    runs |= {name: lambda run=run: run(documents, place) for name, run in peers.builds().items()}
    found = {}
    for name, run in runs.items():
        try:
            found[name] = round(timed(run)[0], 2)
        except Exception as error:  # a peer that does not run here is a line in the table
            found[name] = f"{type(error).__name__}: {error}"[:200]
        print(name, found[name], flush=True)
    return found


def change(texts: list[str], place: Path) -> dict[str, Any]:
    """Return seconds of a build, and of a sync after one document in a hundred has changed."""
    documents, machine = place / "documents", folders(place / "changing")
    spent, (base, _) = timed(lambda: KnowledgeBase.build(place / "changed", documents, machine))
    for number in range(0, len(texts), 100):
        (documents / f"{number}.txt").write_text(f"{texts[number]} Changed.", encoding="utf-8")
    again, synced = timed(lambda: base.sync(documents))
    found = {"build": round(spent, 2), "sync": round(again, 3), "changed": synced.changed,
             "share": round(again / spent, 4)}  # fmt: skip
    print(found, flush=True)
    return found


def query(judged: Judged, chunks: int, place: Path, machine: Folders) -> dict[str, Any]:
    """Return milliseconds of a question over so many chunks: real texts, vectors a little moved."""
    embedder = load_embedder(DEFAULT_MODEL, models=machine.models, cache=machine.cache,
                             threads=Machine().cpus())  # fmt: skip
    store = Store(place / "large", write=True)
    options = ChunkSpec().model_dump_json(), IndexSpec().model_dump_json()
    with store.writing():
        store.keep_settings(Settings(embedder.name, embedder.fingerprint, 384, 512, *options))
    for batch in batches(list(judged.corpus.values()), chunks, embedder):
        with store.writing():
            put(store, batch)
        merge_segments(store)
    generation.make(store, IndexSpec(), 384)
    store.close()
    found: dict[str, Any] = {}
    with KnowledgeBase.open(place / "large", machine, embedder) as base:
        questions = list(judged.queries.values())[:200]
        base.query(questions[0])
        for mode in MODES:
            spent = [timed(lambda q=q, m=mode: base.query(q, SearchSpec(mode=m)))[0] * 1000
                     for q in questions]  # fmt: skip
            found[mode] = {"p50": round(statistics.median(spent), 2),
                           "p95": round(statistics.quantiles(spent, n=20)[-1], 2)}  # fmt: skip
    print(found, flush=True)
    return found


def batches(texts: list[str], chunks: int, embedder: Any) -> Iterator[list[Ready]]:
    """Give documents of one chunk each, 512 at a time."""
    vectors = [each[0] for each in embedder.embed(texts[:2000])]
    random = np.random.default_rng(0)
    for start in range(0, chunks, 512):
        batch = []
        for number in range(start, min(start + 512, chunks)):
            text = texts[number % len(vectors)]
            moved = vectors[number % len(vectors)] + random.normal(0, 0.02, 384)
            vector = (moved / np.linalg.norm(moved)).astype(np.float32)[None]
            document = Document(f"{number}", "text", text, (Block(0, len(text), "paragraph"),))
            chunk = Chunk(0, len(text), text, 1, 1, len(text) // 4)
            batch.append(Ready("", document, [chunk], [vector]))
        yield batch


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    done = run()
    return time.perf_counter() - began, done


def folders(place: Path) -> Folders:
    return Folders(models=place / "models", data=place, cache=place / "cache", state=place)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, help="sets, each a folder as in BEIR",
                        default=os.environ.get("ANIMSTUDIO_EVAL"))  # fmt: skip
    parser.add_argument("--parts", nargs="+",
                        default=["quality", "speed", "build", "change", "query"])  # fmt: skip
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--documents", type=int, default=1000)
    chosen = parser.parse_args()
    if chosen.eval is None:
        print(json.dumps({"skipped": "no --eval FOLDER with judged sets"}))
        return
    sets = Path(chosen.eval)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        machine = folders(place)
        judged = read_set(sets / "scifact")
        texts = list(judged.corpus.values())[: chosen.documents]
        parts: dict[str, Callable[[], dict[str, Any]]] = {
            "quality": lambda: quality(sets, machine),
            "speed": lambda: speed(texts, machine),
            "build": lambda: build(texts, place),
            "change": lambda: change(texts, place),
            "query": lambda: query(judged, chosen.chunks, place, machine),
        }
        found = {part: parts[part]() for part in chosen.parts}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
