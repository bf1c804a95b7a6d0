"""Masks that are broken, or that belong to no picture; and folders that are called like masks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from animstudio.dataset.inspect.finding import Finding
from animstudio.dataset.inspect.inspect import inspect_dataset
from animstudio.dataset.inspect.layout import read_layout
from animstudio.dataset.text_file import read_caption
from tests.unit.dataset.drawn import drawing, folder_of


def found_in(folder: Path) -> dict[str, Finding]:
    return {one.rule: one for one in inspect_dataset(folder).findings}


def test_masks_are_judged_beside_their_pictures(tmp_path: Path) -> None:
    home = folder_of(tmp_path / "10_luca", 4)
    masks = home / "masks"
    masks.mkdir()
    Image.new("L", (640, 480)).save(masks / "p00.png")
    Image.new("L", (64, 48)).save(masks / "p01.png")
    (masks / "p02.png").touch()
    Image.new("L", (640, 480)).save(home / "gone-masklabel.png")
    found = found_in(tmp_path)
    assert found["mask_size"].files == ("10_luca/masks/p01.png",)
    assert found["mask_size"].details == ("64x48, its picture 640x480",)
    assert found["mask_corrupt"].files == ("10_luca/masks/p02.png",)
    assert found["mask_orphaned"].files == ("10_luca/gone-masklabel.png",)


def test_a_sound_set_with_masks_has_no_such_findings(tmp_path: Path) -> None:
    folder_of(tmp_path / "train" / "1_luca", 2)
    (tmp_path / "masks" / "1_luca").mkdir(parents=True)
    for name in ("p00", "p01"):
        Image.new("L", (640, 480)).save(tmp_path / "masks" / "1_luca" / f"{name}.png")
    assert not {rule for rule in found_in(tmp_path) if rule.startswith("mask")}


def test_a_character_called_mask_is_no_folder_of_masks(tmp_path: Path) -> None:
    folder_of(tmp_path / "10_the_mask", 2)
    assert len(read_layout(tmp_path).pictures) == 2
    folder_of(tmp_path / "10_the", 2)
    assert {one.group for one in read_layout(tmp_path).pictures} == {"10_the"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """Whoever opens a pipe that nobody writes to waits for ever."""
    home = folder_of(tmp_path / "10_luca", 2)
    os.mkfifo(home / "p00.txt")
    (home / "masks").mkdir()
    os.mkfifo(home / "masks" / "p01.png")
    found = found_in(tmp_path)
    assert "10_luca/p00.txt" in found["caption_empty"].files
    assert found["mask_corrupt"].files == ("10_luca/masks/p01.png",)


def test_what_is_far_too_long_is_no_caption(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"a" * (1 << 20))
    assert len(read_caption(file).text) == 1 << 20
    file.write_bytes(b"a" * ((1 << 20) + 1))
    with pytest.raises(OSError, match="no caption"):
        read_caption(file)


def test_names_that_differ_in_capitals_are_one_file_on_many_disks(tmp_path: Path) -> None:
    home = folder_of(tmp_path / "10_luca", 1)
    drawing(7).save(home / "P00.png")
    drawing(8).save(home / "other.png")
    assert found_in(tmp_path)["same_stem"].files == ("10_luca/P00.png", "10_luca/p00.png")


def test_what_is_not_trained_at_all_is_no_imbalance(tmp_path: Path) -> None:
    folder_of(tmp_path / "10_luca", 2)
    folder_of(tmp_path / "0_alberto", 2, 9)
    found = found_in(tmp_path)
    assert "kohya_zero" in found
    assert "imbalance" not in found
