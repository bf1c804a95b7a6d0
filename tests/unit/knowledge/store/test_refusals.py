"""A folder that cannot be written: what was committed is read, and nothing is called damaged."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from animstudio.kernel.errors import OutOfRoom, StudioError, WorkFailed
from animstudio.knowledge.base import KnowledgeBase
from animstudio.knowledge.embed.cache import VectorCache
from animstudio.knowledge.store import schema
from animstudio.knowledge.store.refusals import refused

from ..small import Bag, build, folders


@pytest.fixture
def shut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A base in a folder where SQLite can make no file, as on a read-only share; root may all."""
    build(tmp_path).close()
    opened = schema._opened

    def refusing(path: Path, *, write: bool, as_it_lies: bool = False) -> sqlite3.Connection:
        if not as_it_lies:
            error = sqlite3.OperationalError("unable to open database file")
            error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
            raise error
        return opened(path, write=write, as_it_lies=True)

    monkeypatch.setattr(schema, "_opened", refusing)
    return tmp_path


def test_a_folder_that_cannot_be_written_is_read(shut: Path) -> None:
    with KnowledgeBase.open(shut / "base", folders(shut), Bag()) as base:
        assert base.query("Silenzio, Bruno")[0].citation.path == "luca.md"
        assert base.verify() == []
        with pytest.raises(WorkFailed, match="cannot be written"):
            base.sync(shut / "documents")


def test_commits_beside_the_file_are_not_passed_over(shut: Path) -> None:
    (shut / "base/knowledge.sqlite-wal").write_bytes(b"commits")
    with pytest.raises(WorkFailed, match="cannot be written"):
        KnowledgeBase.open(shut / "base", folders(shut), Bag())


def test_a_base_of_a_later_version_is_not_repaired(tmp_path: Path) -> None:
    build(tmp_path).close()
    file = tmp_path / "base/knowledge.sqlite"
    base = sqlite3.connect(file, isolation_level=None)
    base.execute("PRAGMA user_version = 9")
    with pytest.raises(WorkFailed, match="its version has changed"):
        KnowledgeBase.open(tmp_path / "base", folders(tmp_path), Bag())
    base.execute("ALTER TABLE documents ADD COLUMN later TEXT")
    base.close()
    kept = file.read_bytes()
    with pytest.raises(WorkFailed, match="another version"):
        KnowledgeBase.repair(tmp_path / "base")
    assert file.read_bytes() == kept


def test_a_file_with_nothing_in_it_is_filled_by_the_next_build(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base/knowledge.sqlite").touch()
    with pytest.raises(WorkFailed, match="nothing was written") as refused:
        KnowledgeBase.open(tmp_path / "base", folders(tmp_path), Bag())
    assert "kb build" in str(refused.value.hint)
    with build(tmp_path) as base:
        assert base.stats().total_documents == 3


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (sqlite3.SQLITE_FULL, OutOfRoom, "the disk is full"),
        (sqlite3.SQLITE_BUSY, WorkFailed, "busy"),
        (sqlite3.SQLITE_CORRUPT, WorkFailed, "damaged"),
    ],
)
def test_what_sqlite_refuses(tmp_path: Path, code: int, kind: type[StudioError], said: str) -> None:
    error = sqlite3.OperationalError("as it says")
    error.sqlite_errorcode = code
    found = refused(tmp_path / "knowledge.sqlite", error)
    assert type(found) is kind and said in found.message and found.hint


def test_a_cache_that_another_process_holds_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "cache.sqlite"
    VectorCache(file, "x", 4).close()
    kept = file.read_bytes()
    held = sqlite3.connect(file, isolation_level=None)
    held.execute("PRAGMA locking_mode = EXCLUSIVE")
    held.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr("animstudio.knowledge.embed.cache._PATIENCE", 0.0)
    other = VectorCache(file, "x", 4)
    assert other.known(["text"]) == {}
    other.close()
    held.close()
    assert file.read_bytes() == kept
