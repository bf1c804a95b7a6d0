"""The cache of digests: never wrong, and never in the way."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from animstudio.kernel.digests import DigestCache, Identity
from animstudio.kernel.files import sha256

LONG_AGO = 1_600_000_000


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[DigestCache]:
    cache = DigestCache(tmp_path / "state" / "digests.sqlite")
    yield cache
    cache.close()


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A file that has lain there for long."""
    path = tmp_path / "film.mkv"
    path.write_bytes(b"frames")
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def test_a_digest_is_taken_once(cache: DigestCache, film: Path) -> None:
    assert cache.known(film) is None
    assert cache.digest(film) == sha256(film)
    assert cache.known(film) == sha256(film)


def test_it_is_known_to_the_next_run(tmp_path: Path, film: Path) -> None:
    for known in (None, sha256(film)):
        cache = DigestCache(tmp_path / "d.sqlite")
        assert cache.known(film) == known
        cache.digest(film)
        cache.close()


def test_a_changed_file_is_not_known(cache: DigestCache, film: Path) -> None:
    cache.digest(film)
    film.write_bytes(b"FRAMES")  # same size; the old times are put back
    os.utime(film, (LONG_AGO, LONG_AGO))
    assert cache.known(film) is None
    assert cache.digest(film) == sha256(film)


def test_a_touched_file_is_read_again(cache: DigestCache, film: Path) -> None:
    cache.digest(film)
    os.utime(film, (LONG_AGO + 1, LONG_AGO + 1))
    assert cache.known(film) is None


def test_a_replaced_file_is_not_known(cache: DigestCache, film: Path, tmp_path: Path) -> None:
    cache.digest(film)
    other = tmp_path / "other"
    other.write_bytes(b"FRAMES")
    os.utime(other, (LONG_AGO, LONG_AGO))
    other.replace(film)
    assert cache.known(film) is None


def test_a_young_file_is_not_remembered(cache: DigestCache, tmp_path: Path) -> None:
    path = tmp_path / "young"
    path.write_bytes(b"1")
    os.utime(path, (time.time() + 3600, time.time() + 3600))  # however long this test may take
    assert cache.digest(path) == sha256(path)
    assert cache.known(path) is None


def test_a_digest_of_what_was_there_before_is_not_remembered(
    cache: DigestCache, film: Path
) -> None:
    seen = Identity.of(film)
    digest = sha256(film)
    film.write_bytes(b"other frames")
    os.utime(film, (LONG_AGO, LONG_AGO))
    cache.remember(film, digest, seen)
    assert cache.known(film) is None
    assert not seen.holds(film)
    film.unlink()
    assert not seen.holds(film)


@pytest.mark.parametrize("content", [b"", b"not a database", os.urandom(5000)])
def test_a_spoilt_cache_begins_anew(tmp_path: Path, film: Path, content: bytes) -> None:
    path = tmp_path / "d.sqlite"
    path.write_bytes(content)
    cache = DigestCache(path)
    cache.digest(film)
    assert cache.known(film) == sha256(film)
    cache.close()


def test_a_cache_with_other_columns_begins_anew(tmp_path: Path, film: Path) -> None:
    path = tmp_path / "d.sqlite"
    base = sqlite3.connect(path)
    base.execute("CREATE TABLE digests (file TEXT)")
    base.close()
    cache = DigestCache(path)
    cache.digest(film)
    assert cache.known(film) == sha256(film)
    cache.close()


def test_where_there_can_be_no_cache_work_goes_on(tmp_path: Path, film: Path) -> None:
    (tmp_path / "file").touch()
    cache = DigestCache(tmp_path / "file" / "d.sqlite")
    assert cache.digest(film) == sha256(film)
    cache.close()


def test_a_cache_that_breaks_on_the_way_harms_nothing(cache: DigestCache, film: Path) -> None:
    cache.close()  # every question is now an sqlite3.Error
    assert cache.known(film) is None
    assert cache.digest(film) == sha256(film)


def test_a_missing_file_is_an_os_error(cache: DigestCache, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        cache.known(tmp_path / "none")


def test_digests_are_written_many_at_a_time(tmp_path: Path) -> None:
    now = [0.0]
    path = tmp_path / "d.sqlite"
    cache = DigestCache(path, clock=lambda: now[0])

    def written() -> int:
        return int(sqlite3.connect(path).execute("SELECT count(*) FROM digests").fetchone()[0])

    for number in range(1500):
        cache.keep(f"/{number}", "d", "m")
    assert written() == 1000  # a crash now costs five hundred looks, and nothing else
    assert len(cache.everything()) == 1500
    now[0] = 5.0
    cache.keep("/last", "d", "m")
    assert written() == 1501
    cache.keep("/more", "d", "m")
    cache.close()
    assert written() == 1502
