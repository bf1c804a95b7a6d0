"""Folders as people have them: empty, linked, transparent, with settings that fit not all."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from animstudio.dataset.inspect.finding import Finding
from animstudio.dataset.inspect.fix import quarantine, undo
from animstudio.dataset.inspect.inspect import Inspection, inspect_dataset
from animstudio.dataset.inspect.report import as_json, as_markdown, as_page
from animstudio.dataset.place import check_apart
from animstudio.dataset.spec import InspectSpec
from animstudio.kernel.errors import AskedWrongly
from tests.unit.dataset.drawn import drawing, figure


def found_in(folder: Path) -> tuple[Inspection, dict[str, Finding]]:
    inspection = inspect_dataset(folder, InspectSpec(text=False))
    return inspection, {one.rule: one for one in inspection.findings}


def pictures(home: Path, count: int = 2, size: tuple[int, int] = (640, 576)) -> None:
    home.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        drawing(number, size).save(home / f"p{number}.png")
        (home / f"p{number}.txt").write_text(f"luca, pose {number}\n", encoding="utf-8")


def contents(root: Path) -> dict[str, object]:
    return {
        str(path.relative_to(root)): path.readlink() if path.is_symlink() else path.read_bytes()
        for path in root.rglob("*")
        if path.is_symlink() or path.is_file()
    }


@pytest.mark.parametrize("name", [None, "notes.md", "readme.txt"])
def test_a_folder_without_pictures_gets_no_marks(tmp_path: Path, name: str | None) -> None:
    if name:
        (tmp_path / name).write_text("nothing to see", encoding="utf-8")
    inspection, found = found_in(tmp_path)
    assert inspection.score.total == 0 and set(inspection.score.categories.values()) == {0}
    assert list(found) == ["no_pictures"] and inspection.code == 2
    said = "There are no pictures in it, and so nothing to judge."
    assert said in as_markdown(inspection) and said in as_page(inspection, ".")


def test_links_to_nothing_are_told_moved_and_brought_back(tmp_path: Path) -> None:
    root = tmp_path / "set"
    home = root / "3_luca"
    pictures(home)
    (home / "gone.png").symlink_to("../elsewhere/gone.png")
    (home / "gone.txt").symlink_to("/nowhere/gone.txt")
    (home / "round.png").symlink_to("round.png")
    before = contents(root)
    _, found = found_in(root)
    assert found["dangling"].files == ("3_luca/gone.png", "3_luca/gone.txt", "3_luca/round.png")
    assert found["dangling"].details[0] == "leads to ../elsewhere/gone.png"
    assert found["dangling"].level == "critical" and "corrupt" not in found
    assert set(quarantine(root, found.values())) == set(found["dangling"].files)
    assert "dangling" not in found_in(root)[1]
    undo(root)
    assert contents(root) == before


def test_linked_folders_are_read_once_and_left_alone(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    pictures(shared)
    (shared / "broken.png").write_bytes(b"no picture")
    root = tmp_path / "set"
    (root / "sub").mkdir(parents=True)
    pictures(tmp_path / "other")
    pictures(root / "zz_own", 1)
    (root / "3_luca").symlink_to(shared)
    (root / "sub" / "again").symlink_to(shared)
    (root / "sub" / "own").symlink_to(root / "zz_own")
    (root / "sub" / "up").symlink_to("..")
    (root / "sub" / "around").symlink_to(tmp_path)
    (root / "sub" / "self").symlink_to("self")
    inspection, found = found_in(root)
    assert inspection.groups == {"3_luca": 3, "zz_own": 1} and inspection.kind == "kohya"
    assert found["corrupt"].redundant == ("3_luca/broken.png",)
    assert quarantine(root, found.values()) == []
    assert (shared / "broken.png").is_file() and not (root / ".quarantine").exists()


def test_a_folder_that_may_not_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures(tmp_path / "a")
    pictures(tmp_path / "b")
    scan = os.scandir

    def refusing(place: str) -> object:  # for root no folder is closed
        if str(place).endswith("/b"):
            raise PermissionError(errno.EACCES, "Permission denied", str(place))
        return scan(place)

    monkeypatch.setattr(os, "scandir", refusing)
    inspection, found = found_in(tmp_path)
    assert found["closed"].files == ("b",) and found["closed"].level == "critical"
    assert inspection.pictures == 2
    inspection, found = found_in(tmp_path / "b")
    assert found["closed"].files == (".",) and inspection.score.total == 0


def test_a_full_disk_leaves_no_empty_quarantine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    _, found = found_in(tmp_path)

    def full(place: Path, content: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("animstudio.dataset.inspect.fix.write_atomic", full)
    with pytest.raises(OSError, match="No space"):
        quarantine(tmp_path, found.values())
    assert [path.name for path in tmp_path.iterdir()] == ["broken.png"]


def test_names_that_are_no_text_are_told_shown_and_moved_and_brought_back(tmp_path: Path) -> None:
    root = tmp_path / os.fsdecode(b"s\xe9t")
    home = root / "a\nb"
    pictures(home)
    wrong = os.fsdecode(b"caf\xe9.png")
    drawing(8, (640, 576)).save(home / wrong)
    (home / os.fsdecode(b"broken\xff.png")).write_bytes(b"no picture")
    os.mkfifo(home / "pipe.png")
    before = sorted(path.name for path in home.iterdir())
    inspection, found = found_in(root)
    assert found["name"].files[0] == f"a\nb/{os.fsdecode(bytes([*b'broken', 255]))}.png"
    assert len(found["name"].files) == 5 and found["name"].level == "high"
    assert found["corrupt"].details == ("no picture that can be read",
                                        "no file: a device, a pipe or a folder")  # fmt: skip
    markdown, page = as_markdown(inspection), as_page(inspection, ".")
    assert "`a\\nb/caf\ufffd.png`" in markdown and "caf\ufffd.png" in page
    json.dumps(as_json(inspection), ensure_ascii=False).encode()
    markdown.encode(), page.encode()
    assert len(quarantine(root, found.values())) == 2
    assert len(undo(root)) == 2
    assert sorted(path.name for path in home.iterdir()) == before


def test_a_file_too_long_for_a_picture_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "long.png").open("wb") as file:
        file.truncate(5 << 30)  # a hole: it takes no room
    _, found = found_in(tmp_path)
    assert found["corrupt"].details == ("too long for a picture: 5120 MiB, 1024 at most",)


def clear(place: Path, share: float, under: int) -> None:
    pixels = np.array(drawing(5, (640, 576)).convert("RGBA"))
    rows = round(share * len(pixels))
    pixels[:rows, :, :3], pixels[:rows, :, 3] = under, 0
    Image.fromarray(pixels).save(place)


def test_transparent_parts_are_told_with_what_lies_under_them(tmp_path: Path) -> None:
    clear(tmp_path / "a.png", 0.4, 0)
    clear(tmp_path / "b.webp", 0.2, 255)
    clear(tmp_path / "c.png", 0.005, 0)
    clear(tmp_path / "d.png", 0.0, 0)
    cut, _ = figure(3)
    cut.save(tmp_path / "e.png")
    one = drawing(8, (600, 600)).quantize(64)
    one.info["transparency"] = bytes([0] * 32 + [255] * 32)
    one.save(tmp_path / "f.png")
    _, found = found_in(tmp_path)
    assert found["transparent"].files == ("a.png", "b.webp", "e.png", "f.png")
    assert found["transparent"].details[0] == "40% of it transparent, black underneath"
    assert found["transparent"].details[1].endswith(", white underneath")
    assert found["transparent"].details[2].endswith(", colours underneath")
    assert found["transparent"].category == "format" and found["transparent"].level == "high"
    assert not found["transparent"].redundant


@pytest.mark.parametrize(
    ("general", "level"), [("", "high"), ("bucket_no_upscale = true\n", "low")]
)
def test_pictures_below_the_smallest_bucket_are_told(
    tmp_path: Path, general: str, level: str
) -> None:
    pictures(tmp_path / "3_luca", 3, (900, 800))
    drawing(9, (900, 700)).save(tmp_path / "3_luca" / "low.png")
    settings = f"[general]\n{general}[[datasets]]\nmin_bucket_reso = 768\n"
    (tmp_path / "dataset.toml").write_text(settings, encoding="utf-8")
    _, found = found_in(tmp_path)
    assert found["bucket_small"].files == ("3_luca/low.png",)
    assert found["bucket_small"].details == ("900x700, 768 at least",)
    assert found["bucket_small"].level == level


@pytest.mark.parametrize("text", [b"[general", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_settings_that_stop_the_trainer_are_told(tmp_path: Path, text: bytes) -> None:
    pictures(tmp_path / "3_luca")
    (tmp_path / "dataset.toml").write_bytes(text)
    _, found = found_in(tmp_path)
    assert found["settings_broken"].level == "critical" and found["settings_broken"].details


@pytest.mark.parametrize("text", ["", "general = 3\ndatasets = 1\n", "[[datasets]]\n"])
def test_settings_without_a_smallest_bucket_say_nothing(tmp_path: Path, text: str) -> None:
    pictures(tmp_path / "3_luca")
    (tmp_path / "dataset.toml").write_text(text, encoding="utf-8")
    assert not {"bucket_small", "settings_broken"} & set(found_in(tmp_path)[1])


def test_a_set_and_its_input_lie_apart(tmp_path: Path) -> None:
    (tmp_path / "in" / "luca").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "in")
    for out in ("in/set", "in", "in/luca/set", "link/set"):
        with pytest.raises(AskedWrongly, match=r"it lies in .*in, of which it would be made"):
            check_apart(tmp_path / out, [tmp_path / "other", tmp_path / "in"])
    with pytest.raises(AskedWrongly, match="which the new set would replace"):
        check_apart(tmp_path / "in", [tmp_path / "in" / "luca"])
    check_apart(tmp_path / "in2", [tmp_path / "in"])
