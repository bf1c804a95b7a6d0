"""What can be put away: moved with what belongs to it, and back whatever happened since."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from animstudio.dataset.inspect import fix
from animstudio.dataset.inspect.finding import Finding
from animstudio.dataset.inspect.fix import quarantine, undo
from animstudio.kernel.errors import WorkFailed
from tests.unit.dataset.drawn import folder_of


def redundant(*names: str) -> list[Finding]:
    return [Finding("twins_exact", "duplicates", "low", "", "", names, (), names)]


def contents(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    "mask",
    ["train/1_luca/p00-masklabel.png", "train/1_luca/masks/p00.png", "masks/1_luca/p00.png",
     "train/masks/1_luca/p00.png"],
)  # fmt: skip
def test_masks_go_and_come_back_with_their_pictures(tmp_path: Path, mask: str) -> None:
    folder_of(tmp_path / "train" / "1_luca", 2)
    (tmp_path / mask).parent.mkdir(parents=True, exist_ok=True)
    for name in (mask, mask.replace("p00", "p01")):
        Image.new("L", (640, 480)).save(tmp_path / name)
    before = contents(tmp_path)
    assert quarantine(tmp_path, redundant("train/1_luca/p00.png")) == ["train/1_luca/p00.png", mask]
    undo(tmp_path)
    assert contents(tmp_path) == before


def test_a_caption_of_two_pictures_goes_with_the_last(tmp_path: Path) -> None:
    for name in ("p00.png", "p00.jpg", "p00.txt"):
        (tmp_path / name).touch()
    assert quarantine(tmp_path, redundant("p00.jpg")) == ["p00.jpg"]
    undo(tmp_path)
    assert quarantine(tmp_path, redundant("p00.jpg", "p00.png")) == [
        "p00.jpg",
        "p00.txt",
        "p00.png",
    ]


def test_a_folder_is_listed_once_however_much_is_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"n{number}.png" for number in range(40)]
    for name in names:
        (tmp_path / name).touch()
    listed: list[Path] = []
    by_stem = fix._by_stem
    monkeypatch.setattr(fix, "_by_stem", lambda folder: listed.append(folder) or by_stem(folder))  # type: ignore[func-returns-value]
    assert quarantine(tmp_path, redundant(*names)) == sorted(names)
    assert len(listed) == len(set(listed)) < 10


def test_what_somebody_put_into_quarantine_stays_there(tmp_path: Path) -> None:
    folder_of(tmp_path / "set", 2)
    before = contents(tmp_path)
    quarantine(tmp_path, redundant("set/p00.png"))
    own = tmp_path / ".quarantine" / "0001" / "files" / ".DS_Store"
    own.write_text("a file manager's")
    assert undo(tmp_path) == ["set/p00.png"]
    assert contents(tmp_path) == before | {own.relative_to(tmp_path).as_posix(): own.read_bytes()}
    assert quarantine(tmp_path, redundant("set/p01.png")) == ["set/p01.png"]
    assert undo(tmp_path) == ["set/p01.png"]


@pytest.mark.parametrize("text", ["{", "null", "[1]", '{"a": 1}', "\xff"])
def test_a_list_that_was_changed_moves_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "p00.png").touch()
    quarantine(tmp_path, redundant("p00.png"))
    moves = tmp_path / ".quarantine" / "0001" / "moves.json"
    moves.write_text(text, encoding="latin-1")
    before = contents(tmp_path)
    with pytest.raises(WorkFailed, match="no list of what was moved"):
        undo(tmp_path)
    assert contents(tmp_path) == before


def test_a_file_where_a_folder_was_is_told_before_anything_moves(tmp_path: Path) -> None:
    folder_of(tmp_path / "set", 2)
    (tmp_path / "a.png").touch()
    quarantine(tmp_path, redundant("a.png", "set/p00.png"))
    (tmp_path / "set").rename(tmp_path / "kept")
    (tmp_path / "set").touch()
    with pytest.raises(WorkFailed, match="set: something stands there now"):
        undo(tmp_path)
    assert not (tmp_path / "a.png").exists()
    (tmp_path / "set").unlink()
    assert undo(tmp_path) == ["a.png", "set/p00.png"]
