"""Cutting documents into chunks: `chunk_document` is the way in."""

from animstudio.knowledge.chunk.chunk import Chunk, ChunkSpec, Offsets, Strategy
from animstudio.knowledge.chunk.cut import chunk_document

__all__ = ["Chunk", "ChunkSpec", "Offsets", "Strategy", "chunk_document"]
