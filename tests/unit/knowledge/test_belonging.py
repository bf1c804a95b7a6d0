"""What belongs to a film: folders of its name, subtitles beside it, and no more."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from animstudio.knowledge.belonging import (
    documents_under,
    first_of_each,
    subtitles_beside,
    told_apart,
)
from animstudio.knowledge.documents import ReadSpec
from animstudio.knowledge.gather import Piece

from .small import write


def under(folder: Path, outside: Path, **options: object) -> tuple[list[str], dict[str, str]]:
    """Paths of the pieces, and what was passed over, by name."""
    passed: dict[str, str] = {}
    pieces = documents_under(
        folder, "documents/luca", "luca", outside=outside, passed_over=passed.__setitem__, **options
    )  # type: ignore[arg-type]
    paths = [piece.path.removeprefix("documents/luca/") for piece in pieces]
    return paths, {Path(name).name: why for name, why in passed.items()}


def test_documents_are_taken_and_films_pictures_and_giants_are_not(tmp_path: Path) -> None:
    folder = write(tmp_path / "documents", {"a.md": "A", "sub/b.txt": "B", "big.log": "x" * 3000})
    (folder / "still.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    os.mkfifo(folder / "pipe")
    (folder / "dead").symlink_to("nowhere")
    paths, passed = under(folder, tmp_path / "out", limits=ReadSpec(largest_file=0.001))
    assert paths == ["a.md", "sub/b.txt"]
    assert set(passed) == {"big.log", "still.png", "pipe", "dead"}
    assert "larger than" in passed["big.log"] and passed["pipe"] == "no file"


def test_our_own_output_is_no_document_unless_it_was_named(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "A", "out/rag/b.md": "B", "out/documents/luca/c.md": "C"})
    assert under(tmp_path, tmp_path / "out") == (["a.md"], {})
    assert under(tmp_path / "out/documents/luca", tmp_path / "out") == (["c.md"], {})
    assert under(tmp_path / "nowhere", tmp_path / "out") == ([], {})


def test_names_that_are_no_text_can_be_written(tmp_path: Path) -> None:
    folder = write(tmp_path / "documents", {os.fsdecode(b"odd\xff.txt"): "A"})
    assert under(folder, tmp_path / "out")[0] == ["odd\ufffd.txt"]


@pytest.mark.parametrize(
    ("film", "found"),
    [
        ("luca.mp4", ["luca.SRT", "luca.en.vtt", "luca.zh-TW.ass"]),
        ("luca.2.mp4", ["luca.2.srt"]),
        ("other.mp4", []),
    ],
)
def test_subtitles_of_a_film_are_not_its_neighbours(
    tmp_path: Path, film: str, found: list[str]
) -> None:
    names = ("luca.SRT", "luca.zh-TW.ass", "luca.en.vtt", "luca.2.srt", "lucas.srt", "luca.txt")
    write(tmp_path, dict.fromkeys((*names, "luca.mp4", "luca.2.mp4", "other.mp4"), "x"))
    (tmp_path / "luca.folder.srt").mkdir()
    films = [tmp_path / name for name in ("luca.mp4", "luca.2.mp4", "other.mp4")]
    assert [path.name for path in subtitles_beside(tmp_path / film, films)] == found
    assert subtitles_beside(tmp_path / "gone" / film) == []


def test_two_pieces_never_go_to_one_place() -> None:
    paths = ["d/a.md", "d/A.md", "d/a.md", "d/a_2.md", "e/a.md"]
    apart = told_apart([Piece(path, "", path, "document", "") for path in paths])
    assert len({piece.path.casefold() for piece in apart}) == len(paths)
    assert [piece.path for piece in apart][:2] == ["d/a.md", "d/A_2.md"]
    assert [piece.origin for piece in apart] == paths


def test_a_folder_with_two_names_is_looked_into_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to("a")
    assert first_of_each([tmp_path / "a", tmp_path / "b"]) == [tmp_path / "a"]
