"""The order of candidates: scored as the mode says, those with an exact phrase first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from animstudio.knowledge.search.fusion import fuse
from animstudio.knowledge.search.spec import SearchSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from animstudio.knowledge.embed.embedder import Floats


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates in order, best first; arrays are (n,). `dense` is NaN where nobody asked."""

    chunks: NDArray[np.int64]
    scores: Floats
    dense: Floats
    words: Floats
    exact: frozenset[int]


def highest(scores: Floats, most: int) -> NDArray[np.int64]:
    """Return the places of the highest scores above 0, in no order; of equals the first.

    The least of them is looked for, and not their places: NumPy's `argpartition` takes twenty
    times as long where most scores are 0.
    """
    import numpy as np

    found = np.flatnonzero(scores > 0)
    if len(found) <= most:
        return found
    values = scores[found]
    least = np.partition(values, len(values) - most)[len(values) - most]
    above = found[values > least]
    return np.concatenate([above, found[values == least][: most - len(above)]])


def ordered(
    chunks: NDArray[np.int64],
    dense: Floats,
    words: Floats,
    exact: frozenset[int],
    spec: SearchSpec,
    reads: float,
) -> Ranked:
    """Score the candidates as the mode says, and put them in order; equals in that of the base.

    reads: how much of the question the model understands; in hybrid search the meaning counts
    only so far; where that is nothing, what has none of the words is no answer.
    """
    import numpy as np

    if spec.mode == "hybrid":
        scores = fuse(dense, words, spec.dense_weight * reads)
    else:
        scores = dense if spec.mode == "dense" else words
    if spec.mode == "hybrid" and exact:
        scores = scores + np.isin(chunks, sorted(exact))
    order = np.lexsort((chunks, -scores))
    if spec.mode == "hybrid" and not reads:
        order = order[scores[order] > 0]
    if spec.min_score is not None:
        order = order[dense[order] >= spec.min_score]
    return Ranked(chunks[order], scores[order], dense[order], words[order], exact)
