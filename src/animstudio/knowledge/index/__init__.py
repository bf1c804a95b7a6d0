"""The FAISS index: derived from the store, written in generations, checked when it is opened."""

from animstudio.knowledge.index.spec import IndexSpec, IndexType
from animstudio.knowledge.index.vector_index import VectorIndex

__all__ = ["IndexSpec", "IndexType", "VectorIndex"]
