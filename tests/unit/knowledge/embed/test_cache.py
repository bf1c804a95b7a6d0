from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np

from animstudio.knowledge.embed import Passages
from animstudio.knowledge.embed.cache import VectorCache

from ..small import Bag


def vectors(value: float) -> np.ndarray:
    return np.full((2, 4), value, np.float32)


def test_what_was_remembered_is_known_to_that_model_only(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "c.sqlite", "a", 4)
    cache.remember({"x": vectors(1)})
    np.testing.assert_array_equal(cache.known(["x", "y"])["x"], vectors(1))
    assert VectorCache(tmp_path / "c.sqlite", "b", 4).known(["x"]) == {}


def test_a_changed_row_is_not_known(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "c.sqlite", "a", 4)
    cache.remember({"x": vectors(1)})
    with sqlite3.connect(tmp_path / "c.sqlite") as base:
        base.execute("UPDATE vectors SET vectors = ?", (vectors(2).tobytes(),))
    assert cache.known(["x"]) == {}


def test_a_file_that_is_no_database_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "c.sqlite").write_bytes(b"nothing" * 1000)
    cache = VectorCache(tmp_path / "c.sqlite", "a", 4)
    cache.remember({"x": vectors(1)})
    assert "x" in cache.known(["x"])


def test_each_text_is_embedded_once(tmp_path: Path) -> None:
    bag = Bag()
    passages = Passages(bag, VectorCache(tmp_path / "c.sqlite", bag.fingerprint, 64))
    one, two, again = passages.embed(["sea", "land", "sea"])
    passages.embed(["sea"])
    assert bag.embedded == ["sea", "land"]
    np.testing.assert_array_equal(one, again)
    assert (passages.embedded, passages.known) == (2, 2)
    assert not np.array_equal(one, two)
