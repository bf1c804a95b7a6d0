"""Films taken apart for later stages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from animstudio.film.extracted import film_folders, film_of, read_index, read_times
from animstudio.film.extraction import (
    FrameExtractionSpec,
    extract,
    extract_film,
    extraction_items,
    gather_extraction,
)
from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.kernel.work import Committed, CorruptInput, Place, Work
from tests.unit.characters import staged


def test_a_film_s_index_says_what_later_stages_need(tmp_path: Path) -> None:
    film = staged.film(tmp_path / "walk.mp4", 1, 2)
    folder = tmp_path / "out" / "walk"
    folder.mkdir(parents=True)
    spec = FrameExtractionSpec(input_dir=film, frames_per_scene=2)
    made = extract_film(film, folder, spec, name="walk", film="../../walk.mp4")
    index, times = read_index(folder), read_times(folder)
    assert index == made
    assert film_of(index, folder) == film
    assert index.rate == staged.RATE
    assert [(s.start, s.end) for s in index.shots] == [(0, 18), (18, 36)]
    assert len(times) == index.frame_count == 36
    assert (np.diff(times) > 0).all()
    assert [times[s.start] for s in index.shots] == [s.start_pts for s in index.shots]
    assert {f.scene for f in index.frames} == {1, 2}
    assert all((folder / f.file).is_file() for f in index.frames)
    assert film_folders(tmp_path / "out") == [folder] == film_folders(folder)


def test_items_are_films_and_a_broken_one_is_said(tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    staged.film(films / "a.mp4", 1)
    (films / "b.mp4").write_bytes(b"no film")
    spec = FrameExtractionSpec(input_dir=films)
    a, b = extraction_items(spec, Place("extract", tmp_path / "out", tmp_path))
    assert (a.name, b.name) == ("a", "b")
    (tmp_path / "d").mkdir()
    (tmp_path / "e").mkdir()
    work = Work("extract", "a", tmp_path / "d", tmp_path / "out", tmp_path, tmp_path / "log")
    made = extract(a, spec, work)
    assert list(made.outputs) == ["extract/a"]
    with pytest.raises(CorruptInput):
        extract(b, spec, Work("extract", "b", tmp_path / "e", tmp_path, tmp_path, tmp_path / "l"))
    committed = Committed("a", ["extract/a/film.json"], made.facts)
    result = gather_extraction(spec, [committed], tmp_path / "out")
    assert result.output_dir == tmp_path / "out" / "extract"
    assert result.frame_count == made.facts["frames"]


def test_damaged_and_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(AskedWrongly, match="cannot be read"):
        read_index(tmp_path)
    (tmp_path / "film.json").write_text('{"version": 1}')
    with pytest.raises(AskedWrongly, match=r"film\.json: name"):
        read_index(tmp_path)
    film = staged.film(tmp_path / "x.mp4", 1)
    folder = tmp_path / "x"
    folder.mkdir()
    index = extract_film(film, folder, FrameExtractionSpec(input_dir=film), name="x",
                         film="../x.mp4")  # fmt: skip
    film.unlink()
    with pytest.raises(WorkFailed, match="not there any more"):
        film_of(index, folder)
