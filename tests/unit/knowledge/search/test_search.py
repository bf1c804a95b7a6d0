from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animstudio.knowledge.chunk import ChunkSpec
from animstudio.knowledge.search.bm25 import question_terms
from animstudio.knowledge.search.fusion import fuse
from animstudio.knowledge.search.phrases import phrases
from animstudio.knowledge.search.rank import highest
from animstudio.knowledge.search.spec import SearchSpec
from animstudio.knowledge.search.words import spans, terms

from ..small import Bag, build


def test_terms_are_folded_stemmed_and_in_pairs() -> None:
    assert list(terms("Cafés were RUNNING")) == ["cafe", "were", "run"]
    assert list(terms("Alberto's LUCA’S sea's S")) == ["alberto", "luca", "sea", "s"]
    assert list(terms("路卡是 a")) == ["路卡", "卡是", "a"]
    assert list(terms("findShots find_shots MSE")) == [
        "findshot",
        "find",
        "shot",
        "find",
        "shot",
        "mse",
    ]


@given(st.text(max_size=60))
def test_spans_lie_on_words_in_order(text: str) -> None:
    wanted = frozenset(terms(text))
    found = spans(text, wanted)
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert all(one[1] <= other[0] for one, other in pairwise(found))
    assert bool(found) == bool(wanted)


def test_repeated_words_count_and_stop_words_do_not() -> None:
    assert question_terms("the sea, the deep sea") == {"sea": 2, "deep": 1}
    assert question_terms("who can it be") == {"who": 1, "can": 1, "it": 1, "be": 1}


def test_what_is_quoted_is_a_phrase_only_in_short_questions() -> None:
    (only,) = phrases('"Silenzio, Bruno"')
    assert (only.terms, only.required) == (("silenzio", "bruno"), True)
    (within,) = phrases('who says "Silenzio, Bruno"')
    assert not within.required
    assert phrases('what is meant by the word "information" in all of these many long texts') == []
    assert phrases("one two three four five") == []
    assert only.stands_in("He said: silenzio! BRUNO.")
    assert not only.stands_in("Bruno, silenzio")


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(1, 12))
def test_the_highest_are_found_and_of_equals_the_first(values: list[int], most: int) -> None:
    found = sorted(highest(np.array(values, np.float32), most).tolist())
    order = sorted(range(len(values)), key=lambda place: (-values[place], place))
    assert found == sorted(place for place in order[:most] if values[place] > 0)


def test_the_best_in_both_scores_one() -> None:
    cosines, words = np.array([0.5, 0.25, -0.1], np.float32), np.array([3, 0, 6], np.float32)
    np.testing.assert_allclose(fuse(cosines, words, 0.6), [0.8, 0.3, 0.4], atol=1e-6)
    np.testing.assert_allclose(fuse(cosines * 0, words * 0, 0.6), [0, 0, 0])


STORY = "".join(f"Sentence {n} tells of word{n} and more words here. " for n in range(40))


@pytest.fixture
def small_chunks() -> ChunkSpec:
    return ChunkSpec(chunking_strategy="sentence", chunk_size=24, chunk_overlap=8)


def test_neighbours_are_one_passage_as_it_stands_in_the_document(
    tmp_path: Path, small_chunks: ChunkSpec
) -> None:
    with build(tmp_path, {"story.txt": STORY}, chunks=small_chunks) as base:
        hits = base.query("word10 word11 word12", SearchSpec(top_k=5))
        assert all(STORY[h.citation.start : h.citation.end] == h.text for h in hits)
        places = [(hit.citation.start, hit.citation.end) for hit in hits]
        assert all(word in hits[0].text for word in ("word10", "word11", "word12"))
        contained = [a for a in places for b in places if a != b and b[0] <= a[0] and a[1] <= b[1]]
        assert contained == []
        plain = base.query("word10", SearchSpec(top_k=3, merge=False))
        assert [len(hit.chunks) for hit in plain] == [1, 1, 1]


def test_context_is_what_stands_around(tmp_path: Path, small_chunks: ChunkSpec) -> None:
    with build(tmp_path, {"story.txt": STORY}, chunks=small_chunks) as base:
        (hit,) = base.query("word20", SearchSpec(top_k=1, merge=False, context=2))
        assert hit.before
        assert hit.after
        assert hit.before + hit.text + hit.after in STORY


def test_an_exact_name_comes_first_among_many_that_are_alike(tmp_path: Path) -> None:
    files = {f"{n}.txt": "Bruno Bruno. Silenzio Silenzio Silenzio. Bruno" for n in range(120)}
    files["right.txt"] = "In all the noise of the market someone said Silenzio, Bruno and left."
    with build(tmp_path, files) as base:
        assert base.query("Silenzio, Bruno")[0].scores.phrase
        found = base.query('"said Silenzio, Bruno"', SearchSpec(top_k=200))
        assert [hit.citation.path for hit in found] == ["right.txt"]


def test_a_long_chunk_counts_by_its_best_window(tmp_path: Path) -> None:
    text = "filler " * 60 + "treasure"
    chunks = ChunkSpec(chunking_strategy="fixed_size", chunk_size=100, chunk_overlap=0)
    with build(tmp_path, {"a.txt": text, "b.txt": "filler filler"}, chunks=chunks,
               embedder=Bag(limit=32)) as base:  # fmt: skip
        assert base.stats().total_embeddings > base.stats().total_chunks
        assert base.stats().tokens_not_embedded == 0
        assert base.query("treasure", SearchSpec(mode="dense"))[0].citation.path == "a.txt"


def test_a_reranker_decides_the_order(tmp_path: Path) -> None:
    with build(tmp_path) as base:
        hits = base.query("sea", rerank=lambda query, texts: [-len(text) for text in texts])
        lengths = [len(hit.text) for hit in hits]
        assert lengths == sorted(lengths)
