"""Pictures of every kind prepared: what is taken, what is left out, and why."""

from __future__ import annotations

import json
import os
import tomllib
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from animstudio.characters.cluster_records import (
    METADATA,
    ClusterFolder,
    ClusteringMetadata,
    ClusterPicture,
)
from animstudio.characters.records import Backends, InstanceRecord, write_record
from animstudio.characters.shot_frames import ShotFrames, Wanted
from animstudio.dataset.export.targets import export_dataset
from animstudio.dataset.place import new_folder
from animstudio.dataset.prepare import prepare_dataset
from animstudio.dataset.records import Manifest
from animstudio.dataset.sources import character_folders
from animstudio.dataset.spec import PrepareSpec
from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.media.encode import write_film
from animstudio.media.png import encode_png
from animstudio.media.probe import probe
from tests.unit.dataset.drawn import drawing, figure, folder_of


def prepared(out: Path, *folders: Path, threads: int = 1, **options: object) -> Manifest:
    spec = PrepareSpec(cluster_dirs=list(folders), target_size=256, **options)  # type: ignore[arg-type]
    with new_folder(out, ours="manifest.json") as drafts:
        return prepare_dataset(spec, drafts, base=out, threads=threads)


def test_kohya_reads_what_is_written(tmp_path: Path) -> None:
    out = tmp_path / "set"
    big, small = folder_of(tmp_path / "luca", 6), folder_of(tmp_path / "machiavelli", 3, 50)
    prepared(out, big, small)
    settings = tomllib.loads((out / "dataset.toml").read_text())
    assert settings["general"]["caption_extension"] == ".txt"
    subsets = {one["class_tokens"]: one for one in settings["datasets"][0]["subsets"]}
    assert subsets["luca"]["num_repeats"] == 1 and subsets["machiavelli"]["num_repeats"] == 2
    for one in subsets.values():
        home = out / one["image_dir"]
        repeats, _, _name = home.name.partition("_")
        assert int(repeats) == one["num_repeats"]
        for picture in home.glob("*.png"):
            lines = picture.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
            assert len(lines) == 1 and lines[0].startswith(one["class_tokens"])
            assert len(picture.stem.split("_")) < 5
            with Image.open(picture) as image:
                assert image.width % 64 == image.height % 64 == 0
    info = json.loads((out / "dataset_info.json").read_text())
    assert (info["total_images"], info["character_count"]) == (9, 2)


def test_equal_input_gives_equal_bytes(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "luca", 4)
    out = tmp_path / "set"
    prepared(out, folder)
    first = {p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    prepared(out, folder, threads=3)
    assert first == {p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def test_unusual_files_are_read(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "luca", 1)
    drawing(10).convert("CMYK").save(folder / "cmyk.jpg", quality=95)
    Image.fromarray(np.asarray(drawing(11).convert("L")).astype("uint16") * 257).save(
        folder / "deep.png"
    )
    drawing(12).save(folder / "moving.gif", save_all=True, append_images=[drawing(13)])
    exif = Image.Exif()
    exif[0x0112] = 6
    drawing(14).save(folder / "turned.jpg", exif=exif, quality=95)
    found = {one.name: one for one in prepared(tmp_path / "set", folder).pictures}
    assert found["cmyk"].notes == ["converted from CMYK"]
    assert found["deep"].notes == ["reduced from more than 8 bits"]
    assert found["moving"].notes == ["the first of 2 frames"]
    assert found["turned"].height > found["turned"].width


def test_what_is_bad_is_left_out_with_its_reason(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "luca", 3)
    whole = (folder / "p00.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "harmed.png").write_bytes(whole[:5000] + b"\0" * 40 + whole[5040:])
    (folder / "empty.png").write_bytes(b"")
    (folder / "twin.png").write_bytes(whole)
    drawing(20, (40, 30)).save(folder / "tiny.png")
    Image.new("RGB", (640, 480), (0, 0, 0)).save(folder / "black.png")
    Image.new("1", (16000, 16000)).save(folder / "huge.png")
    reasons = {one.name: one.reason for one in prepared(tmp_path / "set", folder).rejected}
    assert reasons == {"cut": "unreadable", "harmed": "unreadable", "empty": "unreadable",
                       "huge": "unreadable", "tiny": "small", "black": "dark",
                       "twin": "duplicate"}  # fmt: skip
    assert (folder / "twin.png").is_file()
    kept = prepared(tmp_path / "set", folder, keep=("twin",))
    assert "twin" in {one.name for one in kept.pictures}


def test_what_cannot_be_read_is_listed_and_not_shown(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "luca", 2)
    whole = (folder / "p00.png").read_bytes()
    at = whole.index(b"IDAT") - 4
    bomb = b"zTXtComment\0\0" + zlib.compress(bytes(3_000_000), 9)
    chunk = (len(bomb) - 4).to_bytes(4) + bomb + zlib.crc32(bomb).to_bytes(4)
    (folder / "bomb.png").write_bytes(whole[:at] + chunk + whole[at:])
    made = prepared(tmp_path / "set", folder)
    assert [(one.name, one.reason, one.said) for one in made.rejected] == [
        ("bomb", "unreadable", "a text in it would unpack to more than 1 MiB: not read")
    ]
    sheet = (tmp_path / "set" / "contact_sheet.html").read_text(encoding="utf-8")
    assert "<li><code>../luca/bomb.png</code>" in sheet and 'src="../luca/bomb.png"' not in sheet


def test_a_name_that_is_no_text_is_left_out_and_written_down(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "luca", 2)
    drawing(9).save(folder / os.fsdecode(b"caf\xe9.png"))
    made = prepared(tmp_path / "set", folder)
    assert [one.reason for one in made.rejected] == ["unreadable"]
    assert (
        made.rejected[0].said == "caf\ufffd.png: its name is no valid text (UTF-8): give it another"
    )
    assert "caf\ufffd" in (tmp_path / "set" / "contact_sheet.html").read_text(encoding="utf-8")
    wrong = tmp_path / os.fsdecode(b"luc\xe1")
    folder.rename(wrong)
    with pytest.raises(WorkFailed, match="its name is no valid text"):
        prepared(tmp_path / "other", wrong)


def test_the_subject_is_never_cut_and_its_mask_follows(tmp_path: Path) -> None:
    folder = tmp_path / "luca"
    folder.mkdir()
    picture, box = figure(1)
    picture.save(folder / "a.png")
    drawing(2).save(folder / "b.png")
    (folder / "masks").mkdir()
    Image.new("L", (10, 10), 255).save(folder / "masks" / "b.png")
    manifest = prepared(tmp_path / "set", folder, min_side=64)
    one, other = manifest.pictures
    x, y, width, height = one.crop
    assert x <= box[0] and y <= box[1] and x + width >= box[2] and y + height >= box[3]
    assert one.mask and (tmp_path / "set" / one.mask).is_file()
    assert "not used" in other.notes[0]


def test_a_character_without_pictures_is_named(tmp_path: Path) -> None:
    nobody = tmp_path / "nobody"
    nobody.mkdir()
    manifest = prepared(tmp_path / "set", folder_of(tmp_path / "luca", 2), nobody)
    assert {one.name: one.note for one in manifest.characters}["nobody"]
    with pytest.raises(WorkFailed, match="no pictures"):
        prepared(tmp_path / "other", nobody)


def test_what_others_made_is_not_replaced(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "luca", 2)
    with pytest.raises(AskedWrongly, match="not made by this command"):
        prepared(folder, folder)


@pytest.mark.parametrize(
    "target", ["onetrainer", "ai-toolkit", "imagefolder", "coco", "webdataset"]
)
def test_exports_hold_every_picture(tmp_path: Path, target: str) -> None:
    folder = tmp_path / "luca"
    folder.mkdir()
    for seed in (1, 2, 3):
        figure(seed)[0].save(folder / f"{seed}.png")
    prepared(tmp_path / "set", folder, min_side=64)
    out = tmp_path / "out"
    assert export_dataset(tmp_path / "set", target, out) == 3
    names = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    if target == "onetrainer":
        assert {"train/luca/1.txt", "train/luca/1-masklabel.png"} <= names
    elif target == "imagefolder":
        rows = [
            json.loads(line) for line in (out / "train/metadata.jsonl").read_text().splitlines()
        ]
        assert all((out / "train" / row["file_name"]).is_file() and row["text"] for row in rows)
    elif target == "coco":
        marks = json.loads((out / "annotations/instances_train.json").read_text())["annotations"]
        assert all(one["segmentation"]["counts"].isascii() and one["area"] for one in marks)
    elif target == "webdataset":
        assert names == {"train-000000.tar"}
    else:
        assert {"datasets.yaml", "train_masks/luca/1.png"} <= names


def clustered(place: Path, *, moved: bool = False) -> Path:
    """A folder as clustering leaves it: one crop of a film's frame, with 20 pixels around."""
    film = place / "film.mp4"
    frames = [np.asarray(drawing(number, (640, 480)))[:, :, ::-1].copy() for number in (1, 2, 3)]
    place.mkdir()
    write_film(film, iter(frames), rate=10, options={"crf": "1"})
    home, folder = place / "characters", place / "luca"
    folder.mkdir()
    (home / "masks").mkdir(parents=True)
    facts = probe(film)
    _, picture = next(iter(ShotFrames("", "", 0, film, [Wanted(1, 1024, 0.1)]).pictures(1)))
    box, crop = (300, 100, 120, 200), (280, 80, 160, 240)
    inner = picture[80:320, 280:440]
    mask = np.zeros((240, 160), np.uint8)
    mask[20:220, 20:140] = 255
    (folder / "a.png").write_bytes(encode_png(inner))
    (home / "masks" / "a.png").write_bytes(encode_png(mask))
    seen = InstanceRecord(
        name="a", track="film_s0001_t01", film="film", film_sha256="", shot=1, frame=1, pts=1024,
        seconds=0.1, instance="a.png", context=None, blurred=None, mask="masks/a.png",
        background=None, box=box, crop=crop, frame_size=(facts.width, facts.height), area=24000,
        score=1, sharpness=100, cut_off=False, label="", seen_in="../film.mp4",
        backends=Backends(detector="fake", segmenter="fake"),
    )  # fmt: skip
    if moved:
        film.rename(place / "elsewhere.mp4")
    picture_record = ClusterPicture(file="a.png", source=seen, similarity=1, margin=1)
    found = ClusterFolder(name="luca", character_dir="../characters", pictures=[picture_record])
    write_record(found, folder / "cluster.json")
    return folder


def test_what_is_around_a_character_is_read_from_its_film(tmp_path: Path) -> None:
    (one,) = prepared(tmp_path / "set", clustered(tmp_path / "a"), min_side=64).pictures
    x, _, width, _ = one.crop
    assert x < 0 and x + width > 160
    shown = np.asarray(Image.open(tmp_path / "set" / one.file).convert("RGB"), np.int16)
    grey = (np.abs(shown - 127) < 3).all(axis=2)
    assert grey.mean() < 0.02
    assert "around it: the frame that it was seen in" in one.notes
    (gone,) = prepared(tmp_path / "b", clustered(tmp_path / "c", moved=True), min_side=64).pictures
    assert gone.crop[0] < 0 and not gone.notes
    whole = prepared(tmp_path / "d", tmp_path / "a" / "luca", min_side=64, crop="full").pictures[0]
    assert not whole.notes


def test_two_names_of_one_folder_are_refused(tmp_path: Path) -> None:
    folders = folder_of(tmp_path / "luca_p", 1), folder_of(tmp_path / "Luca P", 1, 5)
    with pytest.raises(AskedWrongly, match="would be one folder, Luca-P"):
        prepared(tmp_path / "set", *folders)


def test_no_character_at_all_is_said_with_where_to_look(tmp_path: Path) -> None:
    with pytest.raises(WorkFailed, match=r"no character was found.*clustering_metadata\.json"):
        prepared(tmp_path / "set")
    found = ClusteringMetadata(
        embedder="appearance", dimensions=1, method="hdbscan", parameters={}, characters=[],
        noise_tracks=0, noise_instances=0, silhouette_score=None, attempts=[], tracks=[],
        unseen=[], notes=["nobody is there"],
    )  # fmt: skip
    (tmp_path / "cluster").mkdir()
    write_record(found, tmp_path / "cluster" / METADATA)
    with pytest.raises(WorkFailed, match="no character was found") as error:
        character_folders(tmp_path / "cluster")
    assert error.value.hint == "nobody is there"
