from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from animstudio.kernel.errors import WorkFailed
from animstudio.knowledge.chunk.chunk import Chunk
from animstudio.knowledge.document import Document
from animstudio.knowledge.store import Store
from animstudio.knowledge.store.postings import FAN, merge_segments, read_postings, segment_terms
from animstudio.knowledge.store.writing import Ready, drop, put


def ready(name: str, text: str) -> Ready:
    document = Document(name, "text", text, (), sha256=name)
    return Ready(
        "/r", document, [Chunk(0, len(text), text, 1, 1, 3)], [np.ones((1, 4), np.float32)]
    )


def filled(place: Path) -> Store:
    store = Store(place, write=True)
    for number in range(FAN):
        with store.writing():
            put(store, [ready(f"{number}", f"sea sea number{number}")])
    return store


def test_merged_segments_say_the_same(tmp_path: Path) -> None:
    store = filled(tmp_path)
    assert store.count("segments") == FAN
    before = read_postings(store, "sea", segment_terms(store))
    merge_segments(store)
    assert store.count("segments") == 1
    after = read_postings(store, "sea", segment_terms(store))
    assert before is not None
    assert after is not None
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
    assert after[1].tolist() == [2] * FAN
    assert read_postings(store, "land", segment_terms(store)) is None


def test_merging_forgets_chunks_that_are_gone(tmp_path: Path) -> None:
    store = filled(tmp_path)
    with store.writing():
        drop(store, [1, 2])
    merge_segments(store)
    found = read_postings(store, "sea", segment_terms(store))
    assert found is not None
    assert found[0].tolist() == list(range(3, FAN + 1))
    assert read_postings(store, "number0", segment_terms(store)) is None


def test_changed_postings_are_refused(tmp_path: Path) -> None:
    store = filled(tmp_path)
    store.base.execute("UPDATE postings SET counts = x'0900' WHERE term = 'sea'")
    with pytest.raises(WorkFailed, match="postings of 'sea'"):
        read_postings(store, "sea", segment_terms(store))


def test_a_failed_commit_leaves_nothing(tmp_path: Path) -> None:
    store = filled(tmp_path)
    revision = store.revision()
    with pytest.raises(RuntimeError), store.writing():
        put(store, [ready("new", "land")])
        raise RuntimeError
    assert store.revision() == revision
    assert store.count("documents") == FAN
    assert read_postings(store, "land", segment_terms(store)) is None
