"""A knowledge base as its users see it."""

from __future__ import annotations

import json
from pathlib import Path

import faiss
import pytest

from animstudio.kernel.errors import AskedWrongly
from animstudio.knowledge.base import KnowledgeBase
from animstudio.knowledge.chunk import ChunkSpec
from animstudio.knowledge.index import IndexSpec
from animstudio.knowledge.search.spec import SearchSpec
from animstudio.knowledge.spec import SyncSpec

from .small import FILES, Bag, build, folders, write


def paths(base: KnowledgeBase, query: str, **options: object) -> list[str]:
    return [hit.citation.path for hit in base.query(query, SearchSpec(**options))]  # type: ignore[arg-type]


def test_a_question_finds_the_line_it_is_about(tmp_path: Path) -> None:
    with build(tmp_path) as base:
        hit = base.query("Silenzio, Bruno")[0]
        assert hit.citation.path == "luca.md"
        assert hit.scores.phrase
        assert [hit.text[start:end] for start, end in hit.spans] == ["Silenzio", "Bruno"]
        text = FILES["luca.md"]
        assert text[hit.citation.start : hit.citation.end] == hit.text


def test_the_same_folder_again_changes_nothing(tmp_path: Path) -> None:
    with build(tmp_path) as base:
        files = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "base").glob("index*")}
        synced = base.sync(tmp_path / "documents")
        assert (synced.unchanged, synced.wrote) == (3, False)
        again = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "base").glob("index*")}
        assert again == files


def test_sync_follows_new_changed_moved_and_deleted_files(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    with build(tmp_path) as base:
        write(documents, {"new.txt": "Vespa scooters are fast."})
        (documents / "notes/giulia.txt").rename(documents / "moved.txt")
        (documents / "notes/sea.txt").unlink()
        write(documents, {"luca.md": FILES["luca.md"] + "\n## End\n\nHe leaves for Genova.\n"})
        synced = base.sync(documents)
        assert (synced.added, synced.changed, synced.moved, synced.removed) == (1, 1, 1, 1)
        assert paths(base, "Genova")[0] == "luca.md"
        assert paths(base, "fish market Massimo")[0] == "moved.txt"
        assert "notes/sea.txt" not in paths(base, "sea monsters people dry", top_k=10)
        assert base.verify() == []


def test_unchanged_chunks_keep_their_vectors(tmp_path: Path) -> None:
    bag = Bag()
    chunks = ChunkSpec(chunking_strategy="sentence", chunk_size=8, chunk_overlap=0)
    with build(tmp_path, {"a.txt": "One two three four. Five six seven eight."}, embedder=bag,
               chunks=chunks) as base:  # fmt: skip
        (tmp_path / "cache/embeddings.sqlite").unlink()
        bag.embedded.clear()
        write(tmp_path / "documents", {"a.txt": "One two three four. Nine ten eleven twelve."})
        synced = base.sync(tmp_path / "documents")
        assert bag.embedded == ["Nine ten eleven twelve."]
        assert (synced.reused, synced.embedded) == (1, 1)


def test_two_files_with_one_content_are_two_documents(tmp_path: Path) -> None:
    with build(tmp_path, {"a.txt": "The same words.", "b.txt": "The same words."}) as base:
        assert sorted(paths(base, "same words")) == ["a.txt", "b.txt"]
        (tmp_path / "documents/a.txt").unlink()
        base.sync(tmp_path / "documents")
        assert paths(base, "same words") == ["b.txt"]


def test_another_folder_is_added_and_one_around_takes_over(tmp_path: Path) -> None:
    with build(tmp_path) as base:
        write(tmp_path / "more", {"c.txt": "Ciao, the cat."})
        base.sync(tmp_path / "more")
        assert base.stats().total_documents == 4
        synced = base.sync(tmp_path, spec=SyncSpec(pattern="**/*.[tm][xd]*"))
        assert (synced.added, synced.unchanged) == (0, 4)
        assert paths(base, "Ciao cat")[0] == "more/c.txt"
        assert base.verify() == []


def test_a_file_that_became_unreadable_keeps_its_chunks_and_is_reported(tmp_path: Path) -> None:
    with build(tmp_path) as base:
        (tmp_path / "documents/luca.md").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
        synced = base.sync(tmp_path / "documents")
        assert list(synced.failed) == ["luca.md"]
        assert paths(base, "Silenzio Bruno")[0] == "luca.md"


def test_a_pattern_adds_and_takes_nothing_else_out(tmp_path: Path) -> None:
    with build(tmp_path) as base:
        (tmp_path / "documents" / "notes" / "giulia.txt").unlink()
        synced = base.sync(tmp_path / "documents", spec=SyncSpec(pattern="**/*.md"))
        assert (synced.removed, base.stats().total_documents) == (0, 3)
        synced = base.sync(tmp_path / "documents" / "notes", spec=SyncSpec(pattern="*.txt"))
        assert (synced.removed, base.stats().total_documents) == (1, 2)
    with build(tmp_path, {}, sync=SyncSpec(pattern="**/*.md")) as base:
        assert base.stats().documents_by_type == {"markdown": 1}


def test_a_folder_that_cannot_be_looked_into_keeps_its_documents(tmp_path: Path) -> None:
    with build(tmp_path) as base:
        notes = tmp_path / "documents" / "notes"
        notes.rename(tmp_path / "away")
        notes.symlink_to(notes)  # as good as a share that does not answer
        synced = base.sync(tmp_path / "documents")
        assert (synced.removed, base.stats().total_documents) == (0, 3)
        assert "what was read of it before is kept" in synced.failed["notes/sea.txt"]


def test_an_empty_folder_is_refused_and_empties_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with build(tmp_path) as base:
        for file in sorted((tmp_path / "documents").rglob("*.*")):
            file.unlink()
        with pytest.raises(AskedWrongly, match="no documents"):
            base.sync(tmp_path / "documents")
        assert base.stats().total_documents == 3


def test_removed_documents_are_gone_until_the_next_sync(tmp_path: Path) -> None:
    with build(tmp_path) as base:
        assert base.remove(["notes/*"]) == 2
        assert paths(base, "sea monsters market", top_k=10) == ["luca.md"]
        with pytest.raises(AskedWrongly, match="no document 'x'"):
            base.remove(["x"])
        assert base.sync(tmp_path / "documents").added == 2


def test_a_path_with_brackets_means_itself(tmp_path: Path) -> None:
    files = {"a [draft] (1).md": "Anchovies.\n", "a d (1).md": "Sardines.\n"}
    with build(tmp_path, files) as base:
        found = base.query("fish", where={"path": "a [draft]*"})
        assert {hit.citation.path for hit in found} == {"a [draft] (1).md"}
        assert base.remove(["a [draft] (1).md"]) == 1
        assert base.stats().total_documents == 1


def test_another_model_is_refused_with_the_command_that_reembeds(tmp_path: Path) -> None:
    build(tmp_path).close()
    with pytest.raises(AskedWrongly, match="do not mix") as refused:
        build(tmp_path, embedder=Bag("other"))
    assert "kb reembed" in (refused.value.hint or "")
    with pytest.raises(AskedWrongly, match="cut otherwise"):
        build(tmp_path, chunks=ChunkSpec(chunk_size=64, chunk_overlap=8))


def test_reembedding_takes_another_model(tmp_path: Path) -> None:
    with build(tmp_path) as base:
        before = base.stats()
        other = Bag("other")
        assert base.reembed(embedder=other) == before.total_chunks
        assert paths(base, "race Portorosso")[0] == "luca.md"
        assert base.verify() == []
    first = KnowledgeBase.open(tmp_path / "base", folders(tmp_path), Bag())
    with first as base, pytest.raises(AskedWrongly, match="do not mix"):
        base.query("race")


def test_filters(tmp_path: Path) -> None:
    with build(tmp_path) as base:
        assert {hit.citation.path for hit in base.query("sea", where={"doc_type": "markdown"})} == {
            "luca.md"
        }
        found = base.query("sea fish", SearchSpec(mode="bm25"), {"path": "notes/*"})
        assert {hit.citation.path for hit in found} == {"notes/giulia.txt", "notes/sea.txt"}
        assert base.query("pasta", where={"heading": "nowhere"}) == []
        with pytest.raises(AskedWrongly, match="did you mean 'character'"):
            base.query("x", where={"charakter": "Luca"})
        with pytest.raises(AskedWrongly, match="not a number"):
            base.query("x", where={"scene": "four"})


def test_stats_and_export_agree(tmp_path: Path) -> None:
    with build(tmp_path, index=IndexSpec(index_type="flat_l2")) as base:
        stats = base.stats()
        files = base.export(tmp_path / "out")
        base.export(tmp_path / "out")
    assert [file.name for file in files] == [
        "index.faiss", "documents.json", "chunks.json", "stats.json",
    ]  # fmt: skip
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        file.name for file in files
    )
    written = json.loads((tmp_path / "out/stats.json").read_text())
    assert (
        written["total_chunks"]
        == stats.total_chunks
        == len(json.loads((tmp_path / "out/chunks.json").read_text()))
    )
    assert written["tokens_not_embedded"] == 0
    index = faiss.read_index(str(tmp_path / "out/index.faiss"))
    assert (index.ntotal, index.d) == (stats.total_embeddings, 64)


def test_min_score_means_the_cosine_for_every_index(tmp_path: Path) -> None:
    found = []
    for kind in ("flat_ip", "flat_l2", "hnsw", "ivf_flat"):
        spec = IndexSpec(index_type=kind)  # type: ignore[arg-type]
        with build(tmp_path / kind, index=spec) as base:
            hits = base.query("sea monsters", SearchSpec(mode="dense", top_k=10))
            cosines = [hit.scores.dense or 0.0 for hit in hits]
            floor = (cosines[0] + cosines[1]) / 2
            for mode in ("dense", "hybrid", "bm25"):
                spec_ = SearchSpec(mode=mode, min_score=floor)  # type: ignore[arg-type]
                assert [h.citation.path for h in base.query("sea monsters", spec_)] == [
                    "notes/sea.txt"
                ]
            found.append([round(cosine, 4) for cosine in cosines])
    assert found[1:] == found[:1] * 3


def test_another_index_is_made_of_the_same_vectors(tmp_path: Path) -> None:
    bag = Bag()
    build(tmp_path, embedder=bag).close()
    embedded = len(bag.embedded)
    with build(tmp_path, embedder=bag, index=IndexSpec(index_type="hnsw")) as base:
        assert base.stats().index_type == "hnsw"
        assert base.stats().index["recall"] == 1
        assert len(bag.embedded) == embedded


def test_a_question_without_words_finds_nothing(tmp_path: Path) -> None:
    with build(tmp_path) as base:
        assert base.query("  ") == []
        assert base.query("?!")[0].scores.bm25 == 0  # only the meaning is left


def test_there_is_no_base_in_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(AskedWrongly, match="no knowledge base here"):
        KnowledgeBase.open(tmp_path, folders(tmp_path), Bag())
