"""One SQLite file, the truth of a knowledge base; everything else can be made from it again."""

from animstudio.knowledge.store.store import Settings, Store

__all__ = ["Settings", "Store"]
