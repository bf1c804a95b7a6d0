"""Clustering computes each vector once, whatever is asked of it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from animstudio.characters import vectors as home
from animstudio.characters.clustering import ClusteringSpec, cluster, clustering_items
from animstudio.characters.vectors import FILE
from animstudio.kernel.work import Place, Work
from tests.unit.characters import staged
from tests.unit.characters.test_vectors import Counting, pictures


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pictures the stage's embedders were given, batch by batch."""
    found: list[int] = []
    monkeypatch.setattr(home, "embedder_of", lambda names, host: Counting(found))
    return found


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, bytes]]:
    """Runs clustering as a worker does, and returns its files."""
    monkeypatch.setenv("ANIMSTUDIO_CACHE", str(tmp_path / "cache"))
    segmented = tmp_path / "out" / "segment" / "character_dir"
    staged.character_dir(segmented, tmp_path / "frames", 1, 2)

    def once(**options: object) -> dict[str, bytes]:
        drafts = tmp_path / f"drafts{len(list(tmp_path.iterdir()))}"
        drafts.mkdir()
        root = tmp_path / "out"
        spec = ClusteringSpec.model_validate(
            {"instances_dir": segmented, "embedder": "fake", "min_cluster_size": 1, **options}
        )
        (item,) = clustering_items(spec, Place("cluster", root, tmp_path))
        work = Work("cluster", "", drafts, root, tmp_path, tmp_path / "log")
        (made,) = cluster(item, spec, work).outputs.values()
        return {p.relative_to(made).as_posix(): p.read_bytes()
                for p in sorted(made.rglob("*")) if p.is_file()}  # fmt: skip

    return once


Run = Callable[..., dict[str, bytes]]


def test_an_edited_cast_computes_no_vector(tmp_path: Path, run: Run, asked: list[int]) -> None:
    stills = tmp_path / "stills" / "ada"
    pictures(stills, 2)
    run(references=tmp_path / "stills")
    assert sum(asked) > 4
    asked.clear()
    cast = tmp_path / "out" / "characters.yaml"
    cast.write_text("characters: {luca: [frames_s0001_t01, frames_s0002_t01]}\n")
    edited = run(references=tmp_path / "stills")
    assert asked == []
    cast.write_text("reject: [frames_s0001_t01]\n")
    run(references=tmp_path / "stills", min_cluster_size=2, method="kmeans")
    assert asked == []
    # The same from nothing, to the byte.
    for path in (tmp_path / "cache").iterdir():
        path.unlink()
    cast.write_text("characters: {luca: [frames_s0001_t01, frames_s0002_t01]}\n")
    assert run(references=tmp_path / "stills") == edited
    assert asked != []


def test_another_model_computes_its_own(run: Run, asked: list[int]) -> None:
    run()
    whole = list(asked)
    run(embedder="fake+fake")
    assert asked == [*whole, *whole]
    run(best_crops=1)
    assert sum(asked[2 * len(whole) :]) == 3


def test_a_memory_that_cannot_be_kept_harms_nothing(
    tmp_path: Path, run: Run, asked: list[int]
) -> None:
    first = run()
    (tmp_path / "cache" / FILE).unlink()
    (tmp_path / "cache" / FILE).mkdir()
    assert run() == first
