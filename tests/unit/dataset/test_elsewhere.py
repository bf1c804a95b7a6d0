"""Hugging Face and COCO sets made elsewhere, also by tools that did not know the rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from animstudio.dataset.inspect.finding import Finding
from animstudio.dataset.inspect.inspect import Inspection, inspect_dataset
from animstudio.dataset.spec import InspectSpec
from tests.unit.dataset.drawn import drawing

SMALL = (200, 160)
IMAGES = [{"id": n, "file_name": f"p{n}.png"} for n in range(3)]


def inspected(folder: Path) -> tuple[Inspection, dict[str, Finding]]:
    inspection = inspect_dataset(folder, InspectSpec(min_resolution=64, text=False))
    return inspection, {one.rule: one for one in inspection.findings}


def pictures(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for number in range(3):
        drawing(number, SMALL).save(folder / f"p{number}.png")
    return folder


@pytest.mark.parametrize("column", ["text", "caption", "prompt"])
@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_metadata_has_captions_under_three_names(tmp_path: Path, column: str, ending: str) -> None:
    home = pictures(tmp_path / "train")
    if ending == "csv":
        text = f"file_name,{column}\n" + "".join(f'p{n}.png,"luca, {n}"\n' for n in range(3))
    else:
        text = "".join(
            json.dumps({"file_name": f"p{n}.png", column: f"luca, {n}"}) + "\r\n" for n in range(3)
        )
    (home / f"metadata.{ending}").write_text(text, encoding="utf-8")
    inspection, found = inspected(tmp_path)
    assert inspection.kind == "imagefolder" and set(found) == {"few"}
    assert inspection.groups == {"train": 3}


def test_rows_that_are_none_are_named_by_their_line(tmp_path: Path) -> None:
    home = pictures(tmp_path / "set")
    lines = ['{"file_name": "p0.png", "text": "a"}', "[1]", '"x"', '{"file_name": 3}', "",
             '{"file_name": "p1.png", "text": "b"}', '{"file_name": "gone.png"}', "[" * 100_000,
             '{"file_name": "a\\u0000b"}', json.dumps({"file_name": "x" * 5000})]  # fmt: skip
    (home / "metadata.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "set" / "more").mkdir()
    (tmp_path / "set" / "more" / "metadata.csv").write_bytes(b"file_name,text\np.png,caf\xe9\n")
    _, found = inspected(home)
    assert found["metadata_broken"].files == (
        "metadata.jsonl:2", "metadata.jsonl:3", "metadata.jsonl:4", "metadata.jsonl:8",
        "more/metadata.csv")  # fmt: skip
    assert found["metadata_gone"].files[0] == "metadata.jsonl:7 gone.png"
    assert len(found["metadata_gone"].files) == 3
    assert found["caption_missing"].files == ("p2.png",)


def test_rows_of_a_table_have_as_many_cells_as_its_head(tmp_path: Path) -> None:
    home = pictures(tmp_path / "set")
    text = "file_name,text\np0.png,luca,again\np1.png\np2.png,luca\n"
    (home / "metadata.csv").write_text(text, encoding="utf-8")
    _, found = inspected(home)
    assert found["metadata_broken"].files == ("metadata.csv:2", "metadata.csv:3")
    assert found["caption_missing"].files == ("p0.png", "p1.png")


def coco(root: Path, content: object) -> tuple[Inspection, dict[str, Finding]]:
    pictures(root / "images")
    (root / "annotations").mkdir()
    text = content if isinstance(content, str) else json.dumps(content)
    (root / "annotations" / "train.json").write_text(text, encoding="utf-8")
    return inspected(root)


def test_classes_and_captions_of_coco(tmp_path: Path) -> None:
    marks = [{"image_id": n, "category_id": n % 2} for n in range(3)]
    marks.append({"image_id": 0, "caption": "luca, running"})
    kinds = [{"id": 0, "name": "luca"}, {"id": 1, "name": "alberto"}]
    content = {"images": IMAGES, "annotations": marks, "categories": kinds}
    inspection, found = coco(tmp_path, content)
    assert inspection.kind == "coco" and inspection.groups == {"alberto": 1, "luca": 2}
    assert found["caption_missing"].files == ("images/p1.png", "images/p2.png")


def test_pictures_that_annotations_name_and_are_not_there(tmp_path: Path) -> None:
    images = [*IMAGES, {"id": 7, "file_name": "elsewhere/gone.jpg"}]
    inspection, found = coco(tmp_path, {"images": images, "annotations": []})
    assert found["annotations_gone"].details == ("elsewhere/gone.jpg",)
    assert found["annotations_gone"].files == ("annotations/train.json",)
    assert found["annotations_gone"].level == "critical" and inspection.kind == "coco"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"images": None, "annotations": None, "categories": None}, "categories: no list"),
        ({"images": [1], "annotations": ["x"], "categories": ["y"]}, "categories: 1 entry of no"),
        ({"images": [{"id": [1], "file_name": None}], "annotations": [{"image_id": [1]}, 1, 2],
          "categories": [{"id": {}}]}, "annotations: 2 entries of no object"),
        ('{"images": [', "no JSON that can be read"),
        ("[" * 100_000, "no JSON that can be read"),
    ],
)  # fmt: skip
def test_annotations_of_another_shape_are_told(tmp_path: Path, content: object, said: str) -> None:
    inspection, found = coco(tmp_path, content)
    assert found["annotations_broken"].details[0].startswith(said)
    assert inspection.pictures == 3


@pytest.mark.parametrize("text", ['{"version": 3}', "[1, 2]", "no json", "{"])
def test_other_json_beside_pictures_is_nobody_s_annotation(tmp_path: Path, text: str) -> None:
    home = pictures(tmp_path / "set")
    (home / "settings.json").write_text(text, encoding="utf-8")
    inspection, found = inspected(home)
    assert inspection.kind == "plain" and "annotations_broken" not in found
