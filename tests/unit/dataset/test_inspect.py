"""Planted faults are found, and what is moved away comes back."""

from __future__ import annotations

from pathlib import Path

from PIL import ImageFilter

from animstudio.dataset.inspect.clip_tokens import clip_tokenizer, count_tokens
from animstudio.dataset.inspect.finding import Finding
from animstudio.dataset.inspect.fix import quarantine, undo
from animstudio.dataset.inspect.inspect import Inspection, inspect_dataset
from animstudio.dataset.inspect.report import as_json, as_markdown, as_page
from tests.unit.dataset.drawn import drawing, folder_of


def found_in(folder: Path) -> tuple[Inspection, dict[str, Finding]]:
    inspection = inspect_dataset(folder)
    return inspection, {one.rule: one for one in inspection.findings}


def kohya(tmp_path: Path) -> Path:
    root = tmp_path / "set"
    home = root / "10_luca"
    home.mkdir(parents=True)
    for number in range(12):
        drawing(number, (640, 576)).save(home / f"p{number:02d}.png")
        (home / f"p{number:02d}.txt").write_text(f"luca, pose {number}\n", encoding="utf-8")
    return root


def test_a_sound_set_has_no_findings(tmp_path: Path) -> None:
    inspection, found = found_in(kohya(tmp_path))
    assert (inspection.kind, found, inspection.score.total, inspection.code) == (
        "kohya",
        {},
        100,
        0,
    )


def test_faults_are_named_and_fixed_and_undone(tmp_path: Path) -> None:
    root = kohya(tmp_path)
    home = root / "10_luca"
    (home / "p00.png").write_bytes(b"no picture")
    (home / "p01.txt").write_text("", encoding="utf-8")
    (home / "p02.txt").write_bytes("luca, café".encode("cp1252"))
    (home / "p03.txt").write_bytes("luca, 海".encode("utf-16"))
    (home / "p04.txt").unlink()
    (home / "p05.txt").write_text("luca " + "word " * 90, encoding="utf-8")
    (home / "orphan.txt").write_text("luca", encoding="utf-8")
    (home / "p07.png").write_bytes((home / "p06.png").read_bytes())
    drawing(8, (640, 576)).filter(ImageFilter.GaussianBlur(5)).save(home / "p08.png")
    drawing(90, (640, 576)).save(home / "a_b_c_d_e.png")
    (root / "loose").mkdir()
    drawing(91, (640, 576)).save(root / "loose" / "x.png")
    inspection, found = found_in(root)
    assert inspection.code == 2
    assert found["corrupt"].files == ("10_luca/p00.png",)
    assert found["caption_empty"].files == ("10_luca/p01.txt",)
    assert found["caption_encoding"].files == ("10_luca/p02.txt", "10_luca/p03.txt")
    assert "10_luca/p04.png" in found["caption_missing"].files
    assert found["caption_long"].details == ("91 tokens",)
    assert found["caption_orphaned"].files == ("10_luca/orphan.txt",)
    assert found["twins_exact"].files == ("10_luca/p07.png",)
    assert found["blur"].files == ("10_luca/p08.png",)
    assert found["kohya_parts"].files == ("10_luca/a_b_c_d_e.png",)
    assert found["kohya_outside"].files == ("loose",)
    assert as_json(inspection)["score"] < 80
    assert "p00.png" in as_markdown(inspection) and "p08.png" in as_page(inspection, "set")

    before = {p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    moved = quarantine(root, inspection.findings)
    assert set(moved) == {"10_luca/p00.png", "10_luca/p00.txt", "10_luca/orphan.txt",
                          "10_luca/p07.png", "10_luca/p07.txt"}  # fmt: skip
    assert set(undo(root)) == set(moved)
    assert before == {p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    assert not (root / ".quarantine").exists()


def test_an_empty_folder_is_critical(tmp_path: Path) -> None:
    assert inspect_dataset(tmp_path).code == 2


def test_imbalance_counts_repeats(tmp_path: Path) -> None:
    folder_of(tmp_path / "1_a", 12)
    folder_of(tmp_path / "10_b", 12, 50)
    assert "imbalance" in found_in(tmp_path)[1]


def test_tokens_are_clips_own() -> None:
    assert clip_tokenizer().encode("a photo of a cat").ids == [320, 1125, 539, 320, 2368]
    assert count_tokens("") == 0
