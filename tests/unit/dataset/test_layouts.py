"""Sets as others lay them out, files as people have them: what is said, and that it is undone."""

from __future__ import annotations

import json
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from animstudio.dataset.inspect.finding import Finding
from animstudio.dataset.inspect.fix import quarantine, undo
from animstudio.dataset.inspect.inspect import Inspection, inspect_dataset
from animstudio.dataset.inspect.look import see
from animstudio.dataset.spec import InspectSpec
from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.media.picture_file import header_of
from tests.unit.dataset.drawn import drawing

SMALL = (200, 160)
LENIENT = InspectSpec(min_resolution=64)


def inspected(folder: Path) -> tuple[Inspection, dict[str, Finding]]:
    inspection = inspect_dataset(folder, LENIENT)
    return inspection, {one.rule: one for one in inspection.findings}


def pictures(folder: Path, count: int, first: int = 0) -> Path:
    folder.mkdir(parents=True)
    for number in range(first, first + count):
        drawing(number, SMALL).save(folder / f"p{number:02d}.png")
    return folder


def rows(folder: Path, names: list[str]) -> None:
    lines = [json.dumps({"file_name": name, "text": f"luca, {name}"}) for name in names]
    (folder / "metadata.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def everything(folder: Path) -> dict[Path, bytes]:
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_imagefolder_has_its_captions_in_metadata(tmp_path: Path) -> None:
    home = pictures(tmp_path / "train", 12)
    rows(home, [f"p{n:02d}.png" for n in range(12)])
    inspection, found = inspected(tmp_path)
    assert (inspection.kind, found) == ("imagefolder", {})


def test_imagefolder_rows_are_read_as_its_loader_does(tmp_path: Path) -> None:
    home = pictures(tmp_path / "train", 12)
    rows(home, [*(f"p{n:02d}.png" for n in range(11)), "train/p11.png"])
    with (home / "metadata.jsonl").open("a") as file:
        file.write("{no row\n")
    _, found = inspected(tmp_path)
    assert found["metadata_gone"].files == ("train/metadata.jsonl:12 train/p11.png",)
    assert found["metadata_broken"].files == ("train/metadata.jsonl:13",)
    assert found["caption_missing"].files == ("train/p11.png",)


def test_coco_has_its_classes_and_captions_in_annotations(tmp_path: Path) -> None:
    pictures(tmp_path / "images", 12)
    (tmp_path / "annotations").mkdir()
    content = {
        "images": [{"id": n, "file_name": f"p{n:02d}.png"} for n in range(12)],
        "categories": [{"id": 1, "name": "luca"}, {"id": 2, "name": "alberto"}],
        "annotations": [
            {"image_id": n, "category_id": 1 if n < 11 else 2, "caption": f"pose {n}"}
            for n in range(12)
        ],
    }
    (tmp_path / "annotations" / "train.json").write_text(json.dumps(content))
    inspection, found = inspected(tmp_path)
    assert inspection.kind == "coco"
    assert inspection.groups == {"luca": 11, "alberto": 1}
    assert set(found) == {"imbalance", "few"}


def test_masks_of_another_size_are_named(tmp_path: Path) -> None:
    home = pictures(tmp_path / "luca", 2)
    (home / "masks").mkdir()
    Image.new("L", SMALL, 255).save(home / "masks" / "p00.png")
    Image.new("L", (20, 20), 255).save(home / "masks" / "p01.png")
    inspection, found = inspected(tmp_path)
    assert inspection.pictures == 2
    assert found["mask_size"].files == ("luca/masks/p01.png",)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("luca, café", "cp1252"), ("luca, 海の怪物と少年", "shift_jis"), ("ルカ", "utf-16"),
     ("卢卡在海边的小镇上奔跑", "gb18030"), ("luca", "utf-8-sig"), ("luca", "utf-32")],
)  # fmt: skip
def test_captions_in_other_encodings_are_named(tmp_path: Path, text: str, encoding: str) -> None:
    home = pictures(tmp_path / "luca", 2)
    (home / "p00.txt").write_text("luca, a boy é 海", encoding="utf-8")
    (home / "p01.txt").write_bytes(text.encode(encoding))
    _, found = inspected(tmp_path)
    assert found["caption_encoding"].files == ("luca/p01.txt",)


def test_unusual_files_are_told_apart(tmp_path: Path) -> None:
    home = pictures(tmp_path / "luca", 1)
    drawing(1, SMALL).convert("CMYK").save(home / "cmyk.jpg")
    deep = np.asarray(drawing(2, SMALL).convert("L")).astype(np.uint16) * 257
    Image.fromarray(deep).save(home / "deep.png")
    drawing(3, SMALL).save(home / "moving.gif", save_all=True, append_images=[drawing(4, SMALL)])
    clear = drawing(5, SMALL)
    clear.putalpha(128)
    clear.save(home / "clear.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    drawing(6, SMALL).save(home / "turned.jpg", exif=exif)
    Image.new("RGB", (9, 5)).save(home / "tiny.png")
    Image.new("1", (16000, 16000)).save(home / "huge.png")
    _, found = inspected(tmp_path)
    assert found["colours"].files == ("luca/cmyk.jpg", "luca/deep.png")
    assert found["animated"].files == found["ending"].files == ("luca/moving.gif",)
    assert found["turned"].files == ("luca/turned.jpg",)
    assert found["resolution"].files == ("luca/tiny.png",)
    assert found["corrupt"].files == ("luca/huge.png",)
    assert "too large" in found["corrupt"].details[0]
    named = {name for one in found.values() if one.category != "captions" for name in one.files}
    assert "luca/clear.png" not in named


@pytest.mark.parametrize("late", [False, True])
def test_a_png_says_how_it_is_turned_wherever_its_exif_stands(late: bool) -> None:
    content = BytesIO()
    drawing(1, SMALL).save(content, "png")
    whole = content.getvalue()
    exif = Image.Exif()
    exif[0x0112] = 8
    body = b"eXIf" + exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = (len(body) - 4).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)
    at = len(whole) - 12 if late else 33
    header = header_of(whole[:at] + chunk + whole[at:])
    assert (header.orientation, header.width, header.height) == (8, SMALL[1], SMALL[0])


@pytest.mark.parametrize("ending", [".png", ".jpg"])
def test_large_pictures_are_looked_at_reduced_and_judged_alike(tmp_path: Path, ending: str) -> None:
    big = drawing(1, (3200, 2400))
    big.save(tmp_path / f"big{ending}", quality=95)
    seen = see(tmp_path / f"big{ending}")
    assert seen.softness is not None and seen.softness < 1.2
    assert seen.noise < 1.5 and seen.header and seen.header.width == 3200


def test_every_fix_is_undone_byte_by_byte(tmp_path: Path) -> None:
    home = pictures(tmp_path / "1_luca", 6)
    (home / "p00.png").write_bytes(b"no picture")
    (home / "twin.jpg").write_bytes((home / "p01.png").read_bytes())
    drawing(2, SMALL).resize((150, 120)).save(home / "near.png")
    for name in ("p00", "twin", "near", "alone"):
        (home / f"{name}.txt").write_bytes(f"luca, {name}\r\n".encode("utf-16"))
    (home / "near.caption").write_text("other")
    before = everything(tmp_path)
    moved = [quarantine(tmp_path, inspect_dataset(tmp_path, LENIENT).findings)]
    assert set(moved[0]) == {f"1_luca/{name}" for name in (
        "p00.png", "p00.txt", "twin.jpg", "twin.txt", "near.png", "near.txt", "near.caption",
        "alone.txt")}  # fmt: skip
    drawing(3, SMALL).save(home / "again.png")
    moved.append(quarantine(tmp_path, inspect_dataset(tmp_path, LENIENT).findings))
    assert len(moved[1]) == 1
    assert sorted(undo(tmp_path)) == sorted(moved[1])
    (home / "again.png").unlink(missing_ok=True)
    (home / "p03.png").write_bytes(before[Path("1_luca/p03.png")])
    undo(tmp_path)
    assert everything(tmp_path) == before
    with pytest.raises(AskedWrongly, match="nothing is in quarantine"):
        undo(tmp_path)


def test_undo_replaces_nothing(tmp_path: Path) -> None:
    home = pictures(tmp_path / "luca", 1)
    (home / "bad.png").write_bytes(b"no picture")
    quarantine(tmp_path, inspect_dataset(tmp_path, LENIENT).findings)
    (home / "bad.png").write_bytes(b"another")
    with pytest.raises(WorkFailed, match="something stands there"):
        undo(tmp_path)
    assert (home / "bad.png").read_bytes() == b"another"


def test_links_out_of_the_folder_and_within_are_moved_back(tmp_path: Path) -> None:
    root = tmp_path / "set"
    root.mkdir()
    (tmp_path / "page.html").write_text("no picture")
    (root / "away.png").symlink_to(tmp_path / "page.html")
    (root / "near.png").symlink_to("notes.txt")
    (root / "notes.txt").write_text("no picture either")
    found = inspect_dataset(root, InspectSpec())
    moved = quarantine(root, found.findings)
    assert {"away.png", "near.png"} <= set(moved)
    (root / "near.png").symlink_to("nowhere")
    with pytest.raises(WorkFailed, match="something stands there"):
        undo(root)
    (root / "near.png").unlink()
    assert set(undo(root)) == set(moved)
    assert (root / "away.png").is_symlink() and (root / "near.png").is_symlink()
    assert not (root / ".quarantine").exists()
