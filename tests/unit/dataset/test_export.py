"""Every layout read back under its loader's own rules, with names that are hard on them."""

from __future__ import annotations

import json
import re
import tarfile
import tomllib
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from animstudio.characters import rle
from animstudio.characters.records import Rle
from animstudio.dataset.export.targets import export_dataset
from animstudio.dataset.place import new_folder
from animstudio.dataset.prepare import prepare_dataset
from animstudio.dataset.records import Manifest
from animstudio.dataset.sources import tidy
from animstudio.dataset.spec import PrepareSpec
from animstudio.kernel.errors import AskedWrongly
from tests.unit.dataset.drawn import drawing, figure

NAMES = ("5 little_heads of Noël", "luca.the_2nd")
"""Underscores and spaces that kohya would split at, a number in front, a dot, an accent."""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    """Two characters, one with masks and one without; a part is kept to validate with."""
    home = tmp_path_factory.mktemp("names")
    for name, first in zip(NAMES, (1, 20), strict=True):
        (home / name).mkdir()
        for seed in range(first, first + 6):
            picture = figure(seed)[0] if name == NAMES[0] else drawing(seed, (480, 480))
            if name == NAMES[0] or seed < first + 2:  # so that the other one is repeated
                picture.save(home / name / f"a_b_c_d_e.{seed} x.png")
    spec = PrepareSpec(
        cluster_dirs=[home / name for name in NAMES], target_size=256, min_side=64, validation=0.3,
        caption="{trigger}, {shot_size}, {palette}\nsecond line",
    )  # fmt: skip
    with new_folder(home / "set", ours="manifest.json") as drafts:
        return home / "set", prepare_dataset(spec, drafts, base=home / "set")


def exported(dataset: tuple[Path, Manifest], target: str, out: Path) -> Manifest:
    assert export_dataset(dataset[0], target, out) == len(dataset[1].pictures)
    assert {one.split for one in dataset[1].pictures} == {"train", "validation"}
    return dataset[1]


def is_mask_of(mask: Path, picture: Path) -> bool:
    with Image.open(mask) as one, Image.open(picture) as other:
        return one.size == other.size and one.mode == "L" and bool(np.asarray(one).max() == 255)


def count(manifest: Manifest, split: str) -> int:
    return sum(one.split == split for one in manifest.pictures)


def test_kohya(dataset: tuple[Path, Manifest]) -> None:
    """``N_class/``: split at the first _; captions of the named extension, their first line."""
    folder, manifest = dataset
    settings = tomllib.loads((folder / "dataset.toml").read_text("utf-8"))
    extension = settings["general"]["caption_extension"]
    homes = sorted((folder / "train").iterdir())
    assert len(homes) == 2
    found = 0
    for home in homes:
        tokens = home.name.split("_")
        assert int(tokens[0]) >= 1
        assert "_".join(tokens[1:]) in ("5-little-heads-of-Noël", "luca.the-2nd")
        assert not re.search(r"\s", home.name)
        for picture in home.glob("*.png"):
            found += 1
            assert len(picture.stem.split("_")) < 5
            lines = Path(str(picture.with_suffix("")) + extension).read_text("utf-8").split("\n")
            assert lines[0].strip()
            assert lines[1:] == [""]
    assert found == count(manifest, "train")
    for subset in settings["datasets"][0]["subsets"]:
        home = folder / subset["image_dir"]
        assert int(home.name.split("_")[0]) == subset["num_repeats"]
        if masks := subset.get("conditioning_data_dir"):
            for picture in home.glob("*.png"):
                assert is_mask_of(folder / masks / picture.name, picture)
    assert sum("conditioning_data_dir" in s for s in settings["datasets"][0]["subsets"]) == 1


def test_kohya_limits_hold_for_every_picture(tmp_path: Path) -> None:
    """What is too small to be enlarged lies below the smallest bucket of its target size."""
    (tmp_path / "luca").mkdir()
    for number, size in enumerate(((150, 140), (640, 480), (900, 300))):
        drawing(number, size).save(tmp_path / "luca" / f"{number}.png")
    spec = PrepareSpec(cluster_dirs=[tmp_path / "luca"], target_size=256, min_side=64,
                       max_upscale=1.0, text=False)  # fmt: skip
    with new_folder(tmp_path / "set") as drafts:
        manifest = prepare_dataset(spec, drafts, base=tmp_path / "set")
    limits = tomllib.loads((tmp_path / "set" / "dataset.toml").read_text("utf-8"))["datasets"][0]
    sides = [side for one in manifest.pictures for side in (one.width, one.height)]
    assert min(sides) == 128 == limits["min_bucket_reso"]
    assert max(sides) <= limits["max_bucket_reso"]
    assert limits["min_bucket_reso"] <= limits["resolution"] <= limits["max_bucket_reso"]


def test_onetrainer(dataset: tuple[Path, Manifest], tmp_path: Path) -> None:
    """A concept's folder: pictures but for ``-masklabel``, each with its text."""
    manifest = exported(dataset, "onetrainer", tmp_path / "o")
    concepts = json.loads((tmp_path / "o" / "concepts.json").read_text("utf-8"))
    found = 0
    repeats = {one.name: one.repeats for one in manifest.characters}
    assert max(repeats.values()) > 1
    for concept in concepts:
        trained = concept["path"].startswith("train/")
        assert concept["type"] == ("STANDARD" if trained else "VALIDATION")
        assert concept["balancing"] == (repeats[concept["name"]] if trained else 1)
        home = tmp_path / "o" / concept["path"]
        pictures = [p for p in home.glob("*.png") if not p.stem.endswith("-masklabel")]
        assert pictures
        for picture in pictures:
            found += 1
            assert picture.with_suffix("").with_name(f"{picture.stem}.txt").read_text("utf-8")
            mask = picture.with_name(f"{picture.stem}-masklabel.png")
            assert mask.is_file() == (concept["name"] == NAMES[0])
            assert not mask.is_file() or is_mask_of(mask, picture)
    assert found == len(manifest.pictures)


def test_ai_toolkit(dataset: tuple[Path, Manifest], tmp_path: Path) -> None:
    """``datasets``: folders with texts beside pictures, masks of the same name elsewhere."""
    manifest = exported(dataset, "ai-toolkit", tmp_path / "o")
    found = 0
    for one in yaml.safe_load((tmp_path / "o" / "datasets.yaml").read_text("utf-8"))["datasets"]:
        home = tmp_path / "o" / one["folder_path"]
        named = {tidy(character.name): character.repeats for character in manifest.characters}
        assert one["num_repeats"] == named[home.name]
        for picture in home.glob("*.png"):
            found += 1
            text = picture.with_name(f"{picture.stem}.{one['caption_ext']}")
            assert text.read_text("utf-8").strip()
            if "mask_path" in one:
                assert is_mask_of(tmp_path / "o" / one["mask_path"] / picture.name, picture)
    assert found == count(manifest, "train")


def test_imagefolder(dataset: tuple[Path, Manifest], tmp_path: Path) -> None:
    """Each picture below a split is named once by the split's metadata, in rows of equal keys."""
    manifest = exported(dataset, "imagefolder", tmp_path / "o")
    for split in ("train", "validation"):
        home = tmp_path / "o" / split
        lines = (home / "metadata.jsonl").read_text("utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        assert {frozenset(row) for row in rows} == {frozenset({"file_name", "text", "character"})}
        pictures = {p.relative_to(home).as_posix() for p in home.rglob("*.png")}
        assert pictures == {row["file_name"] for row in rows}
        assert len(rows) == count(manifest, split)
        said = {(one.character, one.caption) for one in manifest.pictures if one.split == split}
        assert {(row["character"], row["text"]) for row in rows} == said


def test_coco(dataset: tuple[Path, Manifest], tmp_path: Path) -> None:
    """Ids that meet, run lengths that fill the picture, boxes and areas that are the mask's."""
    manifest = exported(dataset, "coco", tmp_path / "o")
    for split in ("train", "validation"):
        file = tmp_path / "o" / "annotations" / f"instances_{split}.json"
        found = json.loads(file.read_text("utf-8"))
        images = {one["id"]: one for one in found["images"]}
        kinds = {one["id"]: one["name"] for one in found["categories"]}
        assert len(images) == len(found["images"]) == count(manifest, split)
        assert set(kinds.values()) == set(NAMES)
        assert len({one["id"] for one in found["annotations"]}) == len(images)
        for one in found["annotations"]:
            image = images[one["image_id"]]
            with Image.open(tmp_path / "o" / "images" / image["file_name"]) as picture:
                assert picture.size == (image["width"], image["height"])
            counts = one["segmentation"]["counts"]
            assert isinstance(counts, str) and counts.isascii()
            mask = rle.decode(Rle(size=tuple(one["segmentation"]["size"]), counts=counts))
            assert mask.shape == (image["height"], image["width"])
            x, y, width, height = one["bbox"]
            assert one["area"] == np.count_nonzero(mask[y : y + height, x : x + width])
            assert one["area"] == np.count_nonzero(mask)
            assert mask[y].any() and mask[:, x + width - 1].any()
            assert one["iscrowd"] in (0, 1)
            stem = Path(image["file_name"]).stem
            meant = {(one.character, one.caption) for one in manifest.pictures if one.name == stem}
            assert (kinds[one["category_id"]], image["caption"]) in meant


def test_coco_outlines_are_the_subject_s_own(
    dataset: tuple[Path, Manifest], tmp_path: Path
) -> None:
    """Not the wider mask that a trainer learns by."""
    manifest = exported(dataset, "coco", tmp_path / "o")
    ours = {one.name: one for one in manifest.pictures if one.outline}
    assert len(ours) == 6
    found = json.loads((tmp_path / "o" / "annotations" / "instances_train.json").read_text())
    names = {one["id"]: Path(one["file_name"]).stem for one in found["images"]}
    seen = 0
    for one in found["annotations"]:
        if (name := names[one["image_id"]]) not in ours:
            continue
        record, size = ours[name], one["segmentation"]["size"]
        outline = rle.decode(Rle(size=tuple(size), counts=one["segmentation"]["counts"]))
        with Image.open(dataset[0] / record.provenance.source) as source:
            alpha = source.getchannel("A")
        x, y, wide, tall = record.crop
        there = alpha.crop((x, y, x + wide, y + tall)).resize(size[::-1])
        drawn = np.asarray(there) > 127
        assert np.count_nonzero(outline & drawn) > 0.98 * np.count_nonzero(outline | drawn)
        with Image.open(dataset[0] / str(record.mask)) as mask:
            assert np.count_nonzero(np.asarray(mask) > 127) > 1.05 * np.count_nonzero(outline)
        seen += 1
    assert seen


def test_webdataset(dataset: tuple[Path, Manifest], tmp_path: Path) -> None:
    """A sample's files follow each other; its key ends at the first dot of the name."""
    manifest = exported(dataset, "webdataset", tmp_path / "o")
    for split in ("train", "validation"):
        with tarfile.open(tmp_path / "o" / f"{split}-000000.tar") as shard:
            members = shard.getmembers()
            samples = [
                (key, {m.name.partition(".")[2]: m for m in group})
                for key, group in groupby(members, lambda m: m.name.partition(".")[0])
            ]
            assert len({key for key, _ in samples}) == len(samples) == count(manifest, split)
            for _, files in samples:
                assert {"png", "txt", "json"} <= files.keys() <= {"png", "txt", "json", "mask.png"}
                text, facts = shard.extractfile(files["txt"]), shard.extractfile(files["json"])
                assert text and text.read().decode("utf-8").strip()
                character = json.loads(facts.read())["character"] if facts else ""
                assert character in NAMES
                assert ("mask.png" in files) == (character == NAMES[0])


def test_webdataset_holds_all_where_there_are_many(
    dataset: tuple[Path, Manifest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("animstudio.dataset.export.webdataset.SHARD", 3)
    manifest = exported(dataset, "webdataset", tmp_path / "o")
    texts = 0
    for number in range(len(list((tmp_path / "o").glob("train-*.tar")))):
        with tarfile.open(tmp_path / "o" / f"train-{number:06d}.tar") as shard:
            texts += sum(name.endswith(".txt") for name in shard.getnames())
    assert texts == count(manifest, "train") > 3


def test_a_dataset_is_not_written_into_itself(dataset: tuple[Path, Manifest]) -> None:
    with pytest.raises(AskedWrongly, match="lies in the dataset itself"):
        export_dataset(dataset[0], "onetrainer", dataset[0] / "inner")
    assert not (dataset[0] / "inner").exists()
