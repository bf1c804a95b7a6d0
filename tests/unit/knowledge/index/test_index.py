from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest

from animstudio.knowledge.chunk.chunk import Chunk
from animstudio.knowledge.document import Document
from animstudio.knowledge.index import IndexSpec, VectorIndex, generation, kinds
from animstudio.knowledge.index.flat_file import write_flat
from animstudio.knowledge.store import Store
from animstudio.knowledge.store.writing import Ready, drop, put

WIDE = 16
KINDS = ["flat_ip", "flat_l2", "ivf_flat", "hnsw"]


def directions(count: int, seed: int = 0) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(count, WIDE)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def filled(place: Path, vectors: np.ndarray, first: int = 0) -> Store:
    store = Store(place, write=True)
    batch = [
        Ready(
            "/r", Document(f"{number}", "text", "x", ()), [Chunk(0, 1, "x", 1, 1, 3)], [each[None]]
        )
        for number, each in enumerate(vectors, first)
    ]
    with store.writing():
        put(store, batch)
    return store


def opened(store: Store, spec: IndexSpec) -> tuple[VectorIndex, np.ndarray]:
    alive = store.words()[0] > 0
    return VectorIndex(store, spec, WIDE, alive), alive


def test_a_flat_file_is_what_faiss_writes(tmp_path: Path) -> None:
    for make in (faiss.IndexFlatIP, faiss.IndexFlatL2):
        vectors = directions(5)
        index = make(WIDE)
        index.add(vectors)
        faiss.write_index(index, str(tmp_path / "theirs"))
        write_flat(tmp_path / "ours", make(WIDE), (each.tobytes() for each in vectors))
        assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
    write_flat(tmp_path / "none", faiss.IndexFlatIP(WIDE), [])
    assert faiss.read_index(str(tmp_path / "none")).ntotal == 0


@pytest.mark.parametrize("kind", KINDS)
def test_cosines_are_those_of_the_store_or_left_to_it(tmp_path: Path, kind: str) -> None:
    vectors, query = directions(40), directions(1, seed=9)[0]
    spec = IndexSpec(index_type=kind, n_clusters=1)  # type: ignore[arg-type]
    store = filled(tmp_path, vectors[:30])
    two = Ready("/r", Document("two", "text", "x", ()), [Chunk(0, 1, "x", 1, 1, 3)],
                [vectors[30:32]])  # fmt: skip
    with store.writing():
        put(store, [two])
    generation.make(store, spec, WIDE)
    filled(tmp_path, vectors[32:], first=32).close()
    index, _ = opened(store, spec)
    found = index.cosines(query, np.array([31, 3, 17, 33, 30]))
    wanted = {chunk: float(vectors[chunk - 1] @ query) for chunk in (3, 17, 30)}
    assert found == (pytest.approx(wanted, abs=1e-6) if kind in kinds.FLAT else {})


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_finds_what_a_plain_product_does(tmp_path: Path, kind: str) -> None:
    vectors, query = directions(300), directions(1, seed=9)[0]
    spec = IndexSpec(index_type=kind, n_clusters=4)  # type: ignore[arg-type]
    store = filled(tmp_path, vectors)
    made = generation.make(store, spec, WIDE)
    index, alive = opened(store, spec)
    chunks, cosines = index.nearest(query, 10, alive, None)
    wanted = np.argsort(-(vectors @ query))[:10]
    assert (chunks - 1).tolist() == wanted.tolist()
    np.testing.assert_allclose(cosines, (vectors @ query)[wanted], atol=1e-5)
    assert made.facts.get("recall", 1.0) >= 0.95


@pytest.mark.parametrize("kind", KINDS)
def test_newer_vectors_are_found_and_dead_ones_are_not(tmp_path: Path, kind: str) -> None:
    vectors = directions(200)
    spec = IndexSpec(index_type=kind, n_clusters=2)  # type: ignore[arg-type]
    store = filled(tmp_path, vectors[:150])
    generation.make(store, spec, WIDE)
    filled(tmp_path, vectors[150:], first=150).close()
    with store.writing():
        drop(store, range(1, 21))
    for _ in range(2):  # before a generation says so, and after
        index, alive = opened(store, spec)
        for number in (5, 149, 180):
            chunks, _ = index.nearest(vectors[number], 3, alive, None)
            assert bool(chunks[0] == number + 1) is (number >= 20)
            assert not set(chunks.tolist()) & set(range(1, 21))
        generation.make(store, spec, WIDE)
        assert len(list(tmp_path.glob("index-*.faiss"))) <= generation.KEPT


def test_filters_reach_into_the_index(tmp_path: Path) -> None:
    vectors = directions(100)
    for kind in KINDS:
        spec = IndexSpec(index_type=kind)  # type: ignore[arg-type]
        store = filled(tmp_path / kind, vectors)
        generation.make(store, spec, WIDE)
        index, alive = opened(store, spec)
        chosen = np.zeros(len(alive), np.bool_)
        chosen[[7, 8]] = True
        chunks, _ = index.nearest(vectors[50], 10, alive, chosen)
        assert sorted(chunks.tolist()) == [7, 8]


def test_few_points_make_few_clusters(tmp_path: Path) -> None:
    store = filled(tmp_path, directions(90))
    made = generation.make(store, IndexSpec(index_type="ivf_flat", n_clusters=100), WIDE)
    assert made.facts["clusters"] == 90 // kinds.POINTS_A_CLUSTER
    empty = Store(tmp_path / "empty", write=True)
    assert generation.make(empty, IndexSpec(index_type="ivf_flat"), WIDE).facts["rows"] == 0


def test_an_index_is_made_anew_when_much_of_it_is_dead(tmp_path: Path) -> None:
    spec = IndexSpec(index_type="hnsw")
    store = filled(tmp_path, directions(100))
    generation.make(store, spec, WIDE)
    with store.writing():
        drop(store, range(1, 11))
    assert generation.make(store, spec, WIDE).facts["dead"] == 10
    with store.writing():
        drop(store, range(11, 31))
    assert generation.make(store, spec, WIDE).facts["dead"] == 0
