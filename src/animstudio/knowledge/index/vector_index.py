"""All vectors of a base as one reader sees them: the index, and what is newer than it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from animstudio.knowledge.index import generation as generations
from animstudio.knowledge.index import kinds, shortlist
from animstudio.knowledge.index.shortlist import Shortlist
from animstudio.knowledge.index.spec import IndexSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from animstudio.knowledge.embed.embedder import Floats
    from animstudio.knowledge.store.store import Store

_FEW: Final = 2
"""Questions that are answered before it is worth while to prepare for more."""


class VectorIndex:
    """Finds the chunks nearest to a question. Open it inside `Store.reading`.

    Vectors that are not in the index file yet are compared one by one; rows of chunks that are
    gone are passed over. `healthy` is False where the file was missing or not what was written:
    all vectors are then taken from the store, and the answers are the same.
    """

    def __init__(self, store: Store, spec: IndexSpec, dimensions: int, alive: NDArray[np.bool_]):
        import numpy as np

        self._dimensions = dimensions
        self._generation = generations.current(store)
        self._index: Any = None
        self.healthy = self._generation is not None or not store.count("vectors")
        if self._generation is not None:
            self._index = generations.load(store, self._generation)
            self.healthy = self._index is not None
        self._asked = 0
        self._short: Shortlist | None = None
        self._kind = self._generation.kind if self._generation else spec.index_type
        used = self._generation if self._index is not None else None
        self._owners = used.owners if used else np.zeros(0, np.int64)
        self._rising = bool((np.diff(self._owners) >= 0).all())
        self._read_newer(store, used.mark if used else 0)
        self._whole = bool(_of(alive, self._owners).all())

    @property
    def number(self) -> int:
        """The generation in use, 0 for none."""
        return self._generation.number if self._generation else 0

    def refresh(self, store: Store, alive: NDArray[np.bool_]) -> bool:
        """Follow a commit that kept the index file; return False if there is another file."""
        now = generations.current(store)
        if (now.number if now else 0) != self.number or not self.healthy:
            return False
        self._read_newer(store, now.mark if now else 0)
        self._whole = bool(_of(alive, self._owners).all())
        return True

    def nearest(
        self, query: Floats, most: int, alive: NDArray[np.bool_], chosen: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], Floats]:
        """Return chunks and their cosines, best first; a chunk of several windows by its best.

        alive, chosen: by a chunk's number, whether it is there, and whether it is wanted.
        """
        import numpy as np

        allowed = alive if chosen is None else alive & chosen
        chunks, cosines = self._indexed(query, most, allowed, self._whole and chosen is None)
        if len(self._newer):
            found = _of(allowed, self._newer_owners)
            chunks = np.concatenate([chunks, self._newer_owners[found]])
            cosines = np.concatenate([cosines, self._newer[found] @ query])
        order = np.lexsort((chunks, -cosines))
        _, first = np.unique(chunks[order], return_index=True)
        best = order[np.sort(first)][:most]
        return chunks[best], cosines[best]

    def cosines(self, query: Floats, chunks: NDArray[np.int64]) -> dict[int, float]:
        """Return the cosines of those chunks whose one vector a flat index file has.

        It is in memory, where the store would be asked for a hundred pages.
        """
        import numpy as np

        if self._index is None or self._kind not in kinds.FLAT or not self._rising:
            return {}
        first = np.searchsorted(self._owners, chunks, "left")
        single = np.searchsorted(self._owners, chunks, "right") - first == 1
        found = self._index.reconstruct_batch(first[single]) @ query
        return dict(zip(chunks[single].tolist(), found.tolist(), strict=True))

    def _indexed(
        self, query: Floats, most: int, allowed: NDArray[np.bool_], every: bool
    ) -> tuple[NDArray[np.int64], Floats]:
        import numpy as np

        if self._index is None:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        rows = None if every else _of(allowed, self._owners)
        short = self._shortlist()
        found, cosines = kinds.ask(self._kind, self._index, query, most, rows, short)
        return self._owners[found], cosines

    def _shortlist(self) -> Shortlist | None:
        """Return the 8-bit copy of a large flat index, from the third question on: it costs ten."""
        self._asked += 1
        large = shortlist.FEWEST <= len(self._owners) <= shortlist.MOST
        if self._short is None and large and self._kind in kinds.FLAT and self._asked > _FEW:
            self._short = shortlist.Shortlist(self._index)
        return self._short

    def _read_newer(self, store: Store, mark: int) -> None:
        import numpy as np

        owners: list[int] = []
        data = bytearray()
        for _, chunk, vector in store.vectors(mark):
            owners.append(chunk)
            data += vector
        self._newer_owners = np.array(owners, np.int64)
        self._newer = np.frombuffer(bytes(data), np.float32).reshape(-1, self._dimensions)


def _of(flags: NDArray[np.bool_], chunks: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the flags of chunks; numbers past the end are no chunks any more."""
    import numpy as np

    inside = chunks < len(flags)
    found: NDArray[np.bool_] = inside & flags[np.where(inside, chunks, 0)]
    return found
