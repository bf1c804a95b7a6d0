"""Folders of pictures read: what their characters and pictures are called."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from animstudio.characters.cluster_records import ClusterFolder, ClusterPicture
from animstudio.characters.records import write_record
from animstudio.dataset.names import tidy
from animstudio.dataset.place import new_folder
from animstudio.dataset.prepare import prepare_dataset
from animstudio.dataset.records import MANIFEST, read_manifest
from animstudio.dataset.sources import read_sources, without_repeats
from animstudio.dataset.spec import PrepareSpec
from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.kernel.files import refusal
from tests.unit.characters.test_recognise import instance
from tests.unit.dataset.drawn import drawing, folder_of


@pytest.mark.parametrize(
    ("names", "read"),
    [
        (["10_luca", "5_al berto"], ["luca", "al berto"]),
        (["10_luca", "5_Luca"], ["10_luca", "5_Luca"]),
        (["10_luca", "luca"], ["10_luca", "luca"]),
        (["luca_10", "10_", "007"], ["luca_10", "10_", "007"]),
    ],
)
def test_kohyas_repeats_are_no_part_of_a_name(
    tmp_path: Path, names: list[str], read: list[str]
) -> None:
    """The name becomes the trigger, which nobody wants to begin with a number."""
    for name in names:
        (tmp_path / name).mkdir()
    casts = [read_sources(tmp_path / name) for name in names]
    assert [cast.name for cast in without_repeats(casts)] == read


@pytest.mark.parametrize(
    ("name", "tidied"),
    [("a_b  c", "a-b-c"), ("a_-b", "a--b"), ("Jose\u0301 1", "Jose\u0301-1"), ("लूका_x", "लूका-x"),
     ("夜 #1?", "夜-1"), ("..", "picture")],
)  # fmt: skip
def test_accents_and_vowel_signs_stay_with_their_letters(name: str, tidied: str) -> None:
    assert tidy(name) == tidied


def test_folders_without_pictures_are_named(tmp_path: Path) -> None:
    (tmp_path / "luca").mkdir()
    (tmp_path / "new").mkdir()
    spec = PrepareSpec(cluster_dirs=[tmp_path / "luca"])
    with pytest.raises(WorkFailed, match="luca: there are no pictures"):
        prepare_dataset(spec, tmp_path / "new", base=tmp_path / "set")


def test_a_full_disk_names_the_set_and_leaves_what_stood_there(tmp_path: Path) -> None:
    """A write that fails does not say of which file."""
    out = folder_of(tmp_path / "set", 1)
    (out / MANIFEST).touch()
    with pytest.raises(OSError, match="No space left") as told, new_folder(out, ours=MANIFEST):
        raise OSError(28, "No space left on device")
    assert refusal(told.value).message == f"{out}: the disk is full"
    assert [path.name for path in tmp_path.iterdir()] == ["set"]
    assert (out / "p00.png").is_file()


def test_a_manifest_that_is_none_is_told_in_one_breath(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text("{")
    with pytest.raises(AskedWrongly, match=r"manifest\.json: Invalid JSON") as told:
        read_manifest(tmp_path)
    assert told.value.hint


def clustered(place: Path) -> Path:
    """A folder of `clustering` with four pictures, whose surroundings were kept elsewhere."""
    folder = folder_of(place / "cluster" / "luca", 4)
    shutil.copytree(folder, place / "kept")
    pictures = [
        ClusterPicture(
            file=f"p{number:02d}.png",
            source=instance("t", number).model_copy(update={"context": f"p{number:02d}.png"}),
            similarity=1, margin=1,
        )
        for number in range(4)
    ]  # fmt: skip
    found = ClusterFolder(name="luca", character_dir="../../kept", pictures=pictures)
    write_record(found, folder / "cluster.json")
    return folder


def test_what_somebody_took_out_of_a_character_is_not_used_and_what_was_put_in_is(
    tmp_path: Path,
) -> None:
    folder = clustered(tmp_path)
    assert [one.file.parent.name for one in read_sources(folder).sources] == ["kept"] * 4
    (folder / "p01.png").unlink()
    drawing(9).save(folder / "other.png")
    found = read_sources(folder).sources
    assert [one.file.relative_to(tmp_path).as_posix() for one in found] == [
        "cluster/luca/other.png", "kept/p00.png", "kept/p02.png", "kept/p03.png"
    ]  # fmt: skip
    assert [one.film for one in found] == [None, "f", "f", "f"]


def test_captions_beside_that_cannot_be_read_or_are_odd_are_noted(tmp_path: Path) -> None:
    """One bad caption of a thousand is no reason to make no set."""
    folder = folder_of(tmp_path / "luca", 3)
    (folder / "p00.txt").write_bytes(b"a" * (2 << 20))
    (folder / "p01.txt").write_bytes("ルカ、海".encode("shift_jis"))
    (folder / "p02.txt").write_bytes(b"by the\0sea\x1b[2J\n")
    (tmp_path / "new").mkdir()
    spec = PrepareSpec(cluster_dirs=[folder], captions="beside", target_size=256)
    found = prepare_dataset(spec, tmp_path / "new", base=tmp_path / "set").pictures
    assert [(one.caption_author, *one.notes) for one in found] == [
        ("template", "its caption cannot be read: no caption"),
        ("beside", "its caption was read as shift_jis"),
        ("beside",),
    ]
    assert [one.caption for one in found][1:] == ["luca, ルカ、海", "luca, by the sea [2J"]
