"""BM25: how well the words of a question fit each chunk.

Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009, with the idf
of Lucene, which is never negative. A term that stands twice in the question counts twice: long
questions say what they are about more than once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from animstudio.knowledge.search.words import STOP_WORDS, terms
from animstudio.knowledge.store.postings import read_postings, segment_terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from animstudio.knowledge.embed.embedder import Floats
    from animstudio.knowledge.store.store import Store

K1: Final = 1.2
B: Final = 0.75
_STOPPED: Final = frozenset(term for word in STOP_WORDS for term in terms(word))


def question_terms(query: str) -> Counter[str]:
    """Return the terms of a question that count, and how often; all if none would be left."""
    every = Counter(terms(query))
    kept = Counter({term: count for term, count in every.items() if term not in _STOPPED})
    return kept or every


@dataclass(frozen=True, slots=True)
class Lengths:
    """What BM25 knows of all chunks by number, until the next commit.

    terms: (chunks,) terms in each, 0 where there is none; norms: what long chunks lose by, and
    infinite where there is none; alive: how many there are; mean: their terms.
    """

    terms: NDArray[np.int32]
    norms: Floats
    alive: int
    mean: float


def lengths(terms: NDArray[np.int32], mean: float) -> Lengths:
    """Return what is the same for all questions."""
    import numpy as np

    norms = np.float32(K1 * B / mean) * terms + np.float32(K1 * (1 - B))
    norms = np.where(terms > 0, norms, np.float32(np.inf)).astype(np.float32)
    return Lengths(terms, norms, int(np.count_nonzero(terms)), mean)


def bm25(store: Store, wanted: Counter[str], known: Lengths) -> Floats:
    """Return the score of every chunk by its number, 0 for those without any of the terms."""
    import numpy as np

    scores = np.zeros(len(known.terms), np.float32)
    whole = known.alive == len(known.terms) - 1  # number 0 is no chunk
    segments = segment_terms(store)
    for term, count in wanted.items():
        found = read_postings(store, term, segments)
        if found is None:
            continue
        chunks, times = found
        having = len(chunks) if whole else int(np.count_nonzero(known.terms[chunks]))
        rarity = np.log1p((known.alive - having + 0.5) / (having + 0.5))
        weight = np.float32(count * rarity * (K1 + 1))
        part = times.astype(np.float32)
        part /= part + known.norms[chunks]
        part *= weight
        scores[chunks] += part
    return scores


def with_all(store: Store, wanted: Iterable[str], lengths: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the chunks that have every one of these terms."""
    import numpy as np

    left: NDArray[np.int64] | None = None
    segments = segment_terms(store)
    for term in dict.fromkeys(wanted):
        found = read_postings(store, term, segments)
        if found is None:
            return np.zeros(0, np.int64)
        chunks = found[0][lengths[found[0]] > 0].astype(np.int64)
        left = chunks if left is None else np.intersect1d(left, chunks, assume_unique=True)
    return np.zeros(0, np.int64) if left is None else left
