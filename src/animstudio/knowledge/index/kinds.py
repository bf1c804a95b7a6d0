"""The four kinds of index: how each is made, widened and asked.

Vectors have length 1, so that the smallest distance and the largest product are the same order,
and every kind answers with cosines. FAISS: Douze et al., The Faiss library, 2024. HNSW: Malkov
and Yashunin, 2018.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from animstudio.knowledge.index.spec import IndexSpec, IndexType

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from animstudio.knowledge.embed.embedder import Floats
    from animstudio.knowledge.index.shortlist import Shortlist

FLAT: Final = ("flat_ip", "flat_l2")
POINTS_A_CLUSTER: Final = 39
"""FAISS warns of fewer, and their centres would be chance."""
_PROBED: Final = 0.16
"""Share of the clusters that a question looks into, at least `_FEWEST_PROBED`."""
_FEWEST_PROBED: Final = 8
_TRAINED_ON: Final = 256
"""Vectors for each cluster that centres are found with, as FAISS takes at most."""
LINKS: Final = 32
EF_CONSTRUCTION: Final = 200
EF_SEARCH: Final = 256


def train(spec: IndexSpec, dimensions: int, vectors: Floats) -> Any:
    """Return an empty index; `vectors` is a sample (n, dimensions), for clusters."""
    faiss = _faiss()
    if spec.index_type == "flat_ip":
        return faiss.IndexFlatIP(dimensions)
    if spec.index_type == "flat_l2":
        return faiss.IndexFlatL2(dimensions)
    if spec.index_type == "hnsw":
        index = faiss.IndexHNSWFlat(dimensions, LINKS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = EF_CONSTRUCTION
        return index
    clusters = max(1, min(spec.n_clusters, len(vectors) // POINTS_A_CLUSTER))
    flat = faiss.IndexFlatIP(dimensions)
    index = faiss.IndexIVFFlat(flat, dimensions, clusters, faiss.METRIC_INNER_PRODUCT)
    index.own_fields = True
    flat.this.disown()
    if len(vectors):
        index.train(vectors)
    return index


def sample_size(spec: IndexSpec) -> int:
    """Return how many vectors `train` makes use of."""
    return spec.n_clusters * _TRAINED_ON if spec.index_type == "ivf_flat" else 0


def facts(kind: IndexType, index: Any) -> dict[str, int]:
    """Return what decides how well an index finds: clusters and probes, links and effort."""
    if kind == "ivf_flat":
        return {"clusters": int(index.nlist), "nprobe": _probes(int(index.nlist))}
    if kind == "hnsw":
        return {"links": LINKS, "ef_construction": EF_CONSTRUCTION, "ef_search": EF_SEARCH}
    return {}


def ask(
    kind: IndexType,
    index: Any,
    query: Floats,
    most: int,
    allowed: NDArray[np.bool_] | None,
    short: Shortlist | None = None,
) -> tuple[NDArray[np.int64], Floats]:
    """Return rows and their cosines, best first.

    allowed: (rows,), which may be found; short: of a flat index, what finds the same sooner.
    """
    import numpy as np

    faiss = _faiss()
    most = min(most, int(index.ntotal))
    if not most:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    selector = None
    if allowed is not None:
        bits = np.packbits(allowed, bitorder="little")
        selector = faiss.IDSelectorBitmap(bits)
    given = _parameters(kind, index, selector, most)
    # FAISS shares questions out among threads, and this is one: more would only wait for it.
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        sure = short.nearest(query, most, given) if short else None
        if sure is not None:
            return sure
        scores, rows = index.search(query[None], most, params=given)
    finally:
        faiss.omp_set_num_threads(threads)
    found = rows[0] >= 0
    cosines = 1 - scores[0] / 2 if kind == "flat_l2" else scores[0]
    return rows[0][found], np.asarray(cosines[found], np.float32)


def _parameters(kind: IndexType, index: Any, selector: Any, most: int) -> Any:
    faiss = _faiss()
    chosen = {} if selector is None else {"sel": selector}
    if kind == "ivf_flat":
        return faiss.SearchParametersIVF(nprobe=_probes(int(index.nlist)), **chosen)
    if kind == "hnsw":
        return faiss.SearchParametersHNSW(efSearch=max(EF_SEARCH, 2 * most), **chosen)
    return faiss.SearchParameters(**chosen) if chosen else None


def _probes(clusters: int) -> int:
    return min(clusters, max(_FEWEST_PROBED, round(_PROBED * clusters)))


def _faiss() -> Any:
    """Return the library; its stubs know half of what it has."""
    import faiss

    return faiss
