"""The nearest of a flat index, exactly, while only a few vectors are read in full.

All vectors are compared in 8 bits, a quarter of the memory that a question has to walk through;
the best are compared again as they are. A vector in 8 bits lies a known distance from itself, and
so does the question: whatever is not on the list is at most that better than its last (Cauchy and
Schwarz). Where it could still be among the best, nothing is answered, and the caller compares
everything. FAISS's scalar quantizer: Douze et al., The Faiss library, 2024.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from animstudio.knowledge.embed.embedder import Floats

FEWEST: Final = 20_000
"""Vectors below which a flat index is as fast."""
MOST: Final = 1_000_000
"""Vectors above which the copy would take too much memory (384 MB at 384 dimensions)."""
_LISTED: Final = 5
"""Vectors on the list for each that is wanted."""
_AT_ONCE: Final = 16_384
_LARGEST: Final = 127
_ROUNDING: Final = 1e-5
"""What sums of a few hundred products in float32 may be off."""


class Shortlist:
    """A flat index in 8 bits beside itself."""

    def __init__(self, flat: Any) -> None:
        """Read the index twice, once for its largest number."""
        import faiss
        import numpy as np

        self._flat = flat
        largest = max((float(np.abs(block).max()) for block in self._blocks()), default=1.0)
        self._scale = _LARGEST / max(largest, 1e-9)
        self._codes = faiss.IndexScalarQuantizer(
            flat.d, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
        )
        error = 0.0
        for block in self._blocks():
            rounded = np.round(block * self._scale)
            self._codes.add(rounded)
            off = np.linalg.norm(block - rounded / self._scale, axis=1)
            error = max(error, float(off.max()))
        self._error = error + _ROUNDING

    def nearest(
        self, query: Floats, most: int, given: Any | None
    ) -> tuple[NDArray[np.int64], Floats] | None:
        """Return rows and cosines, best first, equals by row; None if they may not be the best.

        given: FAISS's search parameters, with what may be found.
        """
        import numpy as np

        finer = _LARGEST / max(float(np.abs(query).max()), 1e-9)
        rounded = np.round(query * finer)
        listed = min(_LISTED * most, int(self._flat.ntotal))
        scores, rows = self._codes.search(rounded[None], listed, params=given)
        found = rows[0][rows[0] >= 0]
        cosines = self._flat.reconstruct_batch(found) @ query
        order = np.lexsort((found, -cosines))[:most]
        if len(found) == listed < self._flat.ntotal:
            off = float(np.linalg.norm(query - rounded / finer)) * (1 + self._error)
            beyond = float(scores[0][-1]) / (self._scale * finer) + self._error + off
            if len(order) < most or cosines[order[-1]] < beyond:
                return None
        return found[order], np.asarray(cosines[order], np.float32)

    def _blocks(self) -> Iterator[Floats]:
        size = int(self._flat.ntotal)
        for start in range(0, size, _AT_ONCE):
            yield self._flat.reconstruct_n(start, min(_AT_ONCE, size - start))
