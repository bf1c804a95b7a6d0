"""Vectors are computed once, and are the same whatever was remembered of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from animstudio.characters import vectors as home
from animstudio.characters.vectors import FILE, Pictured, Vectors, fingerprint, remembered_vectors
from animstudio.kernel.errors import WorkFailed
from animstudio.knowledge.embed.cache import VectorCache
from animstudio.media.png import encode_png
from animstudio.models.fakes import FakeEmbedder
from animstudio.models.registry import Host
from animstudio.models.seams import Cutout, Floats
from tests.unit.models.test_weights import safetensors


@dataclass
class Counting:
    """The fake embedder, whose answer shows with how many others a picture was embedded."""

    asked: list[int] = field(default_factory=list)
    name: str = "fake"
    dimensions: int = 4

    def embed(self, pictures: Sequence[Cutout]) -> Floats:
        self.asked.append(len(pictures))
        found = FakeEmbedder().embed(pictures)
        found[:, 3] += np.float32(len(pictures) / 1000)
        return found


def pictures(folder: Path, count: int) -> list[Pictured]:
    rng = np.random.default_rng(count)
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for number in range(count):
        file = folder / f"{number}.png"
        file.write_bytes(encode_png(rng.integers(0, 255, (9, 7, 4), np.uint8)))
        found.append(Pictured(file))
    return found


@pytest.fixture
def remembered(tmp_path: Path) -> Iterator[Callable[[], tuple[Vectors, Counting]]]:
    """Returns vectors over one memory, each time as a new process has them."""
    opened = []

    def again() -> tuple[Vectors, Counting]:
        opened.append(VectorCache(tmp_path / "memory" / FILE, "one", 1))
        counting = Counting()
        return Vectors("fake", lambda: counting, opened[-1]), counting

    yield again
    for one in opened:
        one.close()


Remembered = Callable[[], tuple[Vectors, Counting]]


def test_what_is_known_is_not_computed_and_no_model_is_built(
    tmp_path: Path, remembered: Remembered
) -> None:
    groups = [pictures(tmp_path / "a", 3), pictures(tmp_path / "b", 40)]
    vectors, counting = remembered()
    first = vectors.of(groups)
    assert counting.asked == [3, 32, 8]
    assert [one.shape for one in first] == [(3, 4), (40, 4)]

    def never() -> Counting:
        raise AssertionError("a model is built for nothing")

    again, counting = remembered()
    again._build = never
    second = again.of(groups)
    assert [one.tobytes() for one in second] == [one.tobytes() for one in first]
    assert again.dimensions == 4


def test_a_group_is_computed_whole_so_that_its_vectors_depend_on_nothing_else(
    tmp_path: Path, remembered: Remembered
) -> None:
    """Killed after the first of two; then a third is added, and one picture changes."""
    groups = [pictures(tmp_path / name, count) for name, count in (("a", 2), ("b", 5), ("c", 3))]
    alone = Vectors("fake", Counting).of(groups)
    remembered()[0].of(groups[:1])
    vectors, counting = remembered()
    assert [v.tobytes() for v in vectors.of(groups)] == [v.tobytes() for v in alone]
    assert counting.asked == [5, 3]
    groups[1][2].file.write_bytes(encode_png(np.zeros((9, 7, 4), np.uint8)))
    vectors, counting = remembered()
    vectors.of(groups)
    assert counting.asked == [5]


def test_a_mask_counts_and_so_does_how_a_file_is_read(
    tmp_path: Path, remembered: Remembered
) -> None:
    (one,) = pictures(tmp_path / "a", 1)
    mask = np.zeros((9, 7), np.uint8)
    mask[2:4] = 255
    (tmp_path / "mask.png").write_bytes(encode_png(mask))
    other = Pictured(one.file, transparent=False)
    masked = Pictured(one.file, tmp_path / "mask.png", transparent=False)
    vectors, counting = remembered()
    found = vectors.of([[one], [other], [masked]])
    assert counting.asked == [1, 1, 1]
    assert len({v.tobytes() for v in found}) == 3


def test_a_damaged_memory_costs_time_and_nothing_else(
    tmp_path: Path, remembered: Remembered
) -> None:
    groups = [pictures(tmp_path / "a", 3)]
    first = remembered()[0].of(groups)
    for path in (tmp_path / "memory").iterdir():
        path.write_bytes(b"no base at all")
    vectors, counting = remembered()
    assert vectors.of(groups)[0].tobytes() == first[0].tobytes()
    assert counting.asked == [3]
    vectors._memory.remember({home._key(groups[0]): np.zeros((7, 1), np.float32)})  # type: ignore[union-attr]
    vectors, counting = remembered()
    assert vectors.of(groups)[0].tobytes() == first[0].tobytes()
    assert counting.asked == [3]


def test_a_picture_that_is_gone_is_named(tmp_path: Path, remembered: Remembered) -> None:
    with pytest.raises(WorkFailed, match=r"gone\.png"):
        remembered()[0].of([[Pictured(tmp_path / "gone.png")]])


def test_a_process_that_is_killed_leaves_a_memory_that_is_whole(tmp_path: Path) -> None:
    """It dies, without any clearing up, as soon as it embeds the second of three groups."""
    groups = [pictures(tmp_path / name, count) for name, count in (("a", 2), ("b", 3), ("c", 4))]
    files = [[str(one.file) for one in group] for group in groups]
    code = f"""
import os, signal
from pathlib import Path
from animstudio.characters.vectors import Pictured, Vectors
from animstudio.knowledge.embed.cache import VectorCache
from animstudio.models.fakes import FakeEmbedder
class Dies(FakeEmbedder):
    def embed(self, pictures):
        if len(pictures) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().embed(pictures)
groups = [[Pictured(Path(file)) for file in group] for group in {files}]
Vectors("fake", Dies, VectorCache(Path({str(tmp_path / FILE)!r}), "one", 1)).of(groups)
"""
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": paths})
    assert done.returncode == -9
    counting = Counting()
    memory = VectorCache(tmp_path / FILE, "one", 1)
    Vectors("fake", lambda: counting, memory).of(groups)
    memory.close()
    assert counting.asked == [3, 4]


def test_a_fingerprint_tells_models_weights_packages_and_code_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("clip", "dinov2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(f'{{"model_type": "{name}"}}')
        (tmp_path / name / "model.safetensors").write_bytes(safetensors())
    host = Host(tmp_path)

    def prints() -> list[str]:
        return [fingerprint(n, host) for n in ("appearance", "clip", "dinov2", "appearance+clip")]

    first = prints()
    assert len(set(first)) == 4
    assert prints() == first
    (tmp_path / "clip" / "model.safetensors").write_bytes(safetensors(body=b"1" * 16))
    assert [a == b for a, b in zip(prints(), first, strict=True)] == [True, False, True, False]
    first = prints()
    monkeypatch.setattr(home, "version", lambda name: "9" if name == "torch" else "1")
    told = prints()
    monkeypatch.setattr(home, "version", lambda name: "8" if name == "torch" else "1")
    assert [a == b for a, b in zip(prints(), told, strict=True)] == [True, False, False, False]
    monkeypatch.setattr(home, "_code", lambda: "edited")
    assert not set(prints()) & set(told)


def test_remembered_vectors_of_what_ships(tmp_path: Path) -> None:
    group = [pictures(tmp_path / "a", 2)]
    with remembered_vectors("appearance", Host(tmp_path), tmp_path / "cache") as vectors:
        first = vectors.of(group)[0].tobytes()
    with remembered_vectors("appearance", Host(tmp_path), tmp_path / "cache") as vectors:
        assert vectors.of(group)[0].tobytes() == first
        assert vectors.name == "appearance"
