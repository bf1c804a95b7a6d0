"""Text as vectors: `load_embedder` is the way in, `Passages` embeds what is long, and remembers."""

from animstudio.knowledge.embed.choose import DEFAULT_MODEL, load_embedder
from animstudio.knowledge.embed.embedder import Embedder
from animstudio.knowledge.embed.passages import Passages

__all__ = ["DEFAULT_MODEL", "Embedder", "Passages", "load_embedder"]
