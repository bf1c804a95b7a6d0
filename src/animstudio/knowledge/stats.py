"""A knowledge base in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from animstudio.knowledge.chunk import ChunkSpec
from animstudio.knowledge.index import IndexSpec, generation
from animstudio.knowledge.store import Settings, Store


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


def read_stats(store: Store, settings: Settings) -> Stats:
    """Count what a store holds; inside `Store.reading`."""
    chunks = ChunkSpec.model_validate_json(settings.chunks)
    made = generation.current(store)
    kinds = store.base.execute("SELECT kind, count(*) FROM documents GROUP BY kind")
    return Stats(
        total_documents=store.count("documents"),
        total_chunks=store.count("chunks"),
        total_embeddings=store.count("vectors"),
        total_tokens=store.tokens(),
        tokens_not_embedded=store.tokens_not_embedded(settings.limit),
        embedding_dim=settings.dimensions,
        embedding_model=settings.model,
        index_type=IndexSpec.model_validate_json(settings.index).index_type,
        index=made.facts if made else {},
        chunking_strategy=chunks.chunking_strategy,
        chunk_size=chunks.chunk_size,
        chunk_overlap=chunks.chunk_overlap,
        build_time_seconds=round(settings.build_seconds, 3),
        bytes=sum(file.stat().st_size for file in store.folder.iterdir() if file.is_file()),
        documents_by_type=dict(sorted(kinds.fetchall())),
    )
