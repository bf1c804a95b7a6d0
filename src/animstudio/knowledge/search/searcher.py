"""Searching: candidates by meaning and by words, fused, filtered, merged into passages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from animstudio.knowledge.index.vector_index import VectorIndex
from animstudio.knowledge.search import passages
from animstudio.knowledge.search.bm25 import bm25, lengths, question_terms, with_all
from animstudio.knowledge.search.hit import Hit, Scores
from animstudio.knowledge.search.phrases import Phrase, phrases
from animstudio.knowledge.search.rank import Ranked, highest, ordered
from animstudio.knowledge.search.spec import SearchSpec
from animstudio.knowledge.search.where import Where, chosen
from animstudio.knowledge.search.words import spans
from animstudio.knowledge.store.writing import searched_in

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from animstudio.knowledge.embed.embedder import Embedder, Floats
    from animstudio.knowledge.index.spec import IndexSpec
    from animstudio.knowledge.store.store import Store

Reranker = Callable[[str, Sequence[str]], Sequence[float]]
"""Scores passages for a question, higher is better: a cross-encoder of the user's."""

_FEWEST_CANDIDATES: Final = 100
_CANDIDATES_A_HIT: Final = 10
_PHRASES_CHECKED: Final = 200
"""Chunks with all words of a phrase that are read to see whether they have the phrase."""


class Searcher:
    """Answers questions from a store. Every answer is from one commit, whole."""

    def __init__(self, store: Store, choose: Callable[[], Embedder], spec: IndexSpec) -> None:
        """`choose` gives the model that the store is made with now; it is asked after commits."""
        self._store = store
        self._choose = choose
        self._spec = spec
        self._revision = -1
        self._index: VectorIndex | None = None
        self._beside = ThreadPoolExecutor(1, "meaning")

    def close(self) -> None:
        """End the thread beside."""
        self._beside.shutdown()

    def search(
        self,
        query: str,
        spec: SearchSpec = SearchSpec(),
        where: Where | None = None,
        rerank: Reranker | None = None,
    ) -> list[Hit]:
        """Return the best passages for a question; none for one without words."""
        query = query.encode(errors="replace").decode()  # a command line may hold half letters
        if not query.strip():
            return []
        with self._store.reading():
            ranked = self.rank(query, spec, where or {})
            wanted = spec.top_k * (passages.MOST_CHUNKS if spec.merge or rerank else 1)
            best = [int(chunk) for chunk in ranked.chunks[:wanted]]
            rows = self._store.rows(best)
            given: dict[int, float] = {}
            if rerank is not None and best:
                scores = rerank(query, [rows[chunk]["text"] for chunk in best])
                given = dict(zip(best, scores, strict=True))
                best.sort(key=lambda chunk: -given[chunk])
            groups = (
                passages.neighbourhoods(best, rows, spec.top_k)
                if spec.merge
                else [[chunk] for chunk in best[: spec.top_k]]
            )
            return [self._hit(group, rows, ranked, given, query, spec) for group in groups]

    def rank(self, query: str, spec: SearchSpec, where: Where) -> Ranked:
        """Return the candidates for a question in order, by chunk; inside `Store.reading`."""
        import numpy as np

        # The meaning is looked for on a thread beside this one, which counts words meanwhile; in a
        # new process the model is loaded there while the index is read here.
        revision = self._followed()
        asked = self._beside.submit(self._vector, query, spec)
        index = self._refreshed(revision)
        wanted = question_terms(query)
        exact = phrases(query)
        filtered = chosen(self._store, where, len(self._alive))
        most = max(_FEWEST_CANDIDATES, _CANDIDATES_A_HIT * spec.top_k)
        nearest = self._beside.submit(self._near, index, asked, most, filtered, spec)
        words = bm25(self._store, wanted, self._lengths)
        if filtered is not None:
            words = words * filtered
        having = self._having(exact, words, filtered)
        found = [highest(words, most)] if spec.mode != "dense" else []
        found.append(np.array(sorted(having), np.int64))
        vector, near = asked.result(), nearest.result()
        found.append(np.array(list(near), np.int64))
        candidates = np.unique(np.concatenate(found)).astype(np.int64)
        if any(phrase.required for phrase in exact):
            candidates = candidates[np.isin(candidates, sorted(having))]
        dense = self._cosines(candidates, near, vector)
        reads = self._embedder.reads(query)
        return ordered(candidates, dense, words[candidates], having, spec, reads)

    def reads(self, query: str) -> float:
        """Return how much of a question the model of the base understands, 0 to 1."""
        return self._choose().reads(query)

    def _followed(self) -> int:
        """Return the commit that is seen now, with the model that it was made with at hand."""
        revision = self._store.revision()
        if revision != self._revision:
            self._embedder = self._choose()
        return revision

    def _refreshed(self, revision: int) -> VectorIndex:
        """Read again what commits have changed since."""
        if self._index is not None and revision == self._revision:
            return self._index
        self._lengths = lengths(*self._store.words())
        self._alive = self._lengths.terms > 0
        if self._index is None or not self._index.refresh(self._store, self._alive):
            self._index = VectorIndex(
                self._store, self._spec, self._embedder.dimensions, self._alive
            )
        self._revision = revision
        return self._index

    def _vector(self, query: str, spec: SearchSpec) -> Floats | None:
        """Return the question's vector, where it is needed."""
        if spec.mode == "bm25" and spec.min_score is None:
            return None
        return self._embedder.embed_query(query)

    def _near(
        self,
        index: VectorIndex,
        asked: Future[Floats | None],
        most: int,
        filtered: NDArray[np.bool_] | None,
        spec: SearchSpec,
    ) -> dict[int, float]:
        """Return the nearest chunks' cosines, where they are candidates."""
        vector = asked.result()
        if vector is None or spec.mode == "bm25":
            return {}
        chunks, cosines = index.nearest(vector, most, self._alive, filtered)
        return dict(zip(chunks.tolist(), cosines.tolist(), strict=True))

    def _having(
        self, exact: Sequence[Phrase], words: Floats, filtered: NDArray[np.bool_] | None
    ) -> frozenset[int]:
        """Return the chunks that have every phrase, looked for among the best by words."""
        import numpy as np

        if not exact:
            return frozenset()
        every = [term for phrase in exact for term in phrase.terms]
        chunks = with_all(self._store, every, self._lengths.terms)
        if filtered is not None:
            chunks = chunks[filtered[chunks]]
        best = chunks[np.argsort(-words[chunks], kind="stable")[:_PHRASES_CHECKED]]
        rows = self._store.rows(best.tolist())
        return frozenset(
            chunk
            for chunk, row in rows.items()
            if all(phrase.stands_in(searched_in(row)) for phrase in exact)
        )

    def _cosines(
        self, chunks: NDArray[np.int64], near: Mapping[int, float], vector: Floats | None
    ) -> Floats:
        """Return the cosine of every candidate; those that the index did not give are computed."""
        import numpy as np

        if vector is None:
            return np.full(len(chunks), np.nan, np.float32)
        missing = [chunk for chunk in chunks.tolist() if chunk not in near]
        assert self._index is not None
        both = {**near, **self._index.cosines(vector, np.array(missing, np.int64))}
        known = self._store.vectors_of([chunk for chunk in missing if chunk not in both])
        both |= {chunk: float((each @ vector).max()) for chunk, each in known.items()}
        return np.array([both[chunk] for chunk in chunks.tolist()], np.float32)

    def _hit(
        self,
        group: list[int],
        rows: Mapping[int, Mapping[str, Any]],
        ranked: Ranked,
        given: Mapping[int, float],
        query: str,
        spec: SearchSpec,
    ) -> Hit:
        import numpy as np

        members = [rows[chunk] for chunk in group]
        text = passages.joined(members)
        place = int(np.flatnonzero(np.isin(ranked.chunks, group))[0])
        cosine = float(ranked.dense[place])
        before, after = self._around(members, spec.context)
        reranked = max((given[chunk] for chunk in group if chunk in given), default=None)
        return Hit(
            text=text,
            score=float(ranked.scores[place]) if reranked is None else reranked,
            scores=Scores(
                dense=None if np.isnan(cosine) else cosine,
                bm25=float(ranked.words[place]),
                phrase=any(chunk in ranked.exact for chunk in group),
                reranked=reranked,
            ),
            citation=passages.cite(members),
            spans=spans(text, frozenset(question_terms(query))),
            chunks=tuple(group),
            before=before,
            after=after,
        )

    def _around(self, members: Sequence[Mapping[str, Any]], size: int) -> tuple[str, str]:
        """Return the text before and after a passage, `size` chunks of each."""
        if not size:
            return "", ""
        first, last = members[0], members[-1]
        numbers = self._store.base.execute(
            "SELECT id FROM chunks WHERE document = ? AND place BETWEEN ? AND ? ORDER BY place",
            (first["document"], first["place"] - size, last["place"] + size),
        ).fetchall()
        rows = sorted(
            self._store.rows([row[0] for row in numbers]).values(), key=lambda r: r["place"]
        )
        ahead = [row for row in rows if row["place"] <= first["place"]]
        behind = [row for row in rows if row["place"] >= last["place"]]
        before = passages.joined(ahead)[: first["start"] - ahead[0]["start"]]
        after = passages.joined(behind)[last["end"] - last["start"] :]
        return before, after
