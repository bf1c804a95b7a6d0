"""Input that nobody wishes for: broken letters, odd names, folders inside each other."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import pytest

from animstudio.kernel.errors import AskedWrongly
from animstudio.knowledge.base import KnowledgeBase
from animstudio.knowledge.documents import UnreadableDocument
from animstudio.knowledge.evaluate import read_judged

from .small import Bag, build, folders, write


def rebuilt(place: Path, documents: Path) -> tuple[int, int, dict[str, str]]:
    """Build again; return documents that were written or taken out, all there are, failures."""
    base, synced = KnowledgeBase.build(
        place / "base", documents, folders(place), embedder=Bag()
    )  # fmt: skip
    with base:
        wrote = synced.added + synced.changed + synced.moved + synced.removed
        return wrote, base.stats().total_documents, synced.failed


def test_half_a_letter_in_json_is_left_out(tmp_path: Path) -> None:
    rows = [{"line": "A lonely \udc00 half of the sea"}]
    text = json.dumps({"title": "\ud800 title", "\udbff rows": rows})
    with build(tmp_path, {"half.json": text}) as base:
        hit = base.query("lonely half")[0]
        assert "A lonely half of the sea" in hit.text
        assert base.verify() == []


def test_half_a_letter_in_a_question_is_no_word(tmp_path: Path) -> None:
    with build(tmp_path) as base:
        found = base.query("Giulia \udcff fish \ud800")
        assert found[0].citation.path == "notes/giulia.txt"


def test_names_that_are_no_text_are_kept_apart_and_stay(tmp_path: Path) -> None:
    documents = tmp_path / os.fsdecode(b"d\xff")
    write(documents, {"sea.txt": "The sea.", os.fsdecode(b"odd\xff.txt"): "Ercole rides."})
    assert rebuilt(tmp_path, documents) == (2, 2, {})
    assert rebuilt(tmp_path, documents) == (0, 2, {})
    write(documents, {os.fsdecode(b"odd\xfe.txt"): "Ciccio eats."})
    wrote, count, failed = rebuilt(tmp_path, documents)
    assert (wrote, count) == (1, 2)  # the first of the two is there
    assert "name" in failed["odd\ufffd.txt"]


def test_a_base_inside_its_own_documents_is_not_read(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    write(documents / "base", {"sea.txt": "The sea.", "index.faiss.md": "Notes on indexes."})
    for wrote in (2, 0):
        base, synced = KnowledgeBase.build(
            documents / "base", documents, folders(tmp_path), embedder=Bag()
        )
        with base:
            assert (synced.added, base.stats().total_documents) == (wrote, 2)
            assert synced.failed == {}


def test_no_documents_leave_no_base(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "nowhere"):
        with pytest.raises(AskedWrongly):
            rebuilt(tmp_path, folder)
    assert not (tmp_path / "base").exists()


def test_a_reason_does_not_begin_inside_the_name(tmp_path: Path) -> None:
    with build(tmp_path, {"good.txt": "The sea.", "one: two.txt": ""}) as base:
        failed = base.sync(tmp_path / "documents").failed
    assert failed == {"one: two.txt": "the file is empty"}
    error = pickle.loads(pickle.dumps(UnreadableDocument("a: b", "broken", hint="mend it")))
    assert (error.reason, error.hint, error.exit_code) == ("broken", "mend it", 1)


@pytest.mark.parametrize(
    ("corpus", "said"),
    [(None, "No such file"), ('{"_id": "1", "text": "x"}\n{"text": "x"}\n', "line 2: no '_id'"),
     ("[1]\n", "line 1: no object"), ('{"_id": \n', "line 1: ")],
)  # fmt: skip
def test_a_judged_set_that_is_wrong_is_told_in_a_line(
    tmp_path: Path, corpus: str | None, said: str
) -> None:
    file = tmp_path / "corpus.jsonl"
    if corpus is not None:
        file.write_text(corpus)
    with pytest.raises(AskedWrongly) as refused:
        read_judged(file, file, file)
    assert said in refused.value.message
    assert refused.value.message.count(str(file)) == 1
