"""The short list: what it finds is what the flat index finds, or it says that it cannot tell."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest

from animstudio.knowledge.index import IndexSpec, kinds, shortlist
from animstudio.knowledge.index.shortlist import Shortlist

from ..small import build


def flat(vectors: np.ndarray) -> faiss.IndexFlatIP:
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return index


def unit(count: int, seed: int = 1, width: int = 64) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_it_finds_what_the_flat_index_finds(share: float) -> None:
    index = flat(unit(3000))
    allowed = np.random.default_rng(2).random(3000) < share if share < 1 else None
    short, sure = Shortlist(index), 0
    for query in unit(40, seed=3):
        rows, cosines = kinds.ask("flat_ip", index, query, 10, allowed)
        both = kinds.ask("flat_ip", index, query, 10, allowed, short)
        assert both[0].tolist() == rows.tolist()
        assert np.allclose(both[1], cosines, atol=1e-6)
        sure += share == 1.0 and short.nearest(query, 10, None) is not None
    assert share < 1 or sure > 20


def test_it_says_when_the_best_cannot_be_told_apart() -> None:
    """All vectors lie nearer to each other than 8 bits can tell."""
    near = unit(1)[0] + 1e-5 * unit(500, seed=4)
    index = flat(np.asarray(near / np.linalg.norm(near, axis=1, keepdims=True), np.float32))
    query = unit(1)[0]
    assert Shortlist(index).nearest(query, 10, None) is None
    rows, _ = kinds.ask("flat_ip", index, query, 10, None)
    assert kinds.ask("flat_ip", index, query, 10, None, Shortlist(index))[0].tolist() == (
        rows.tolist()
    )


def test_fewer_vectors_than_are_wanted_are_all_found() -> None:
    vectors = unit(7)
    rows, _ = Shortlist(flat(vectors)).nearest(vectors[2], 10, None) or ([], None)
    assert rows[0] == 2 and sorted(rows) == list(range(7))


@pytest.mark.parametrize("kind", ["flat_ip", "flat_l2"])
def test_the_tenth_question_is_answered_as_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(shortlist, "FEWEST", 10)
    files = {f"{number}.txt": f"The sea has boat{number} and fish{number % 7}." * 3
             for number in range(200)}  # fmt: skip
    with build(tmp_path, files, index=IndexSpec(index_type=kind)) as base:  # type: ignore[arg-type]
        asked = [[(hit.citation.path, round(hit.score, 4)) for hit in base.query("fish3 boat17")]
                 for _ in range(6)]  # fmt: skip
    assert asked[0] and all(each == asked[0] for each in asked)
