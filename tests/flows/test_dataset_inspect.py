"""``dataset inspect``, ``dedup`` and ``balance`` as commands: what they say, write and answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from animstudio.cli import app
from animstudio.cli.outcome import run_command
from tests.unit.dataset.drawn import drawing


def answered(*words: str) -> int:
    return run_command(app, ["dataset", *words])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "set"
    for name, count, first in (("10_luca", 12, 0), ("2_alberto", 10, 50)):
        (root / name).mkdir(parents=True)
        for number in range(first, first + count):
            drawing(number, (560, 520)).save(root / name / f"p{number}.png")
            (root / name / f"p{number}.txt").write_text(f"pose {number}", encoding="utf-8")
    twin = (root / "10_luca" / "p1.png").read_bytes()
    (root / "10_luca" / "twin.png").write_bytes(twin)
    return root


def test_inspect_answers_by_the_gravest_finding(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answered("inspect", str(folder), "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["layout"] == "kohya" and said["pictures"] == 23
    rules = {one["rule"]: one["level"] for one in said["findings"]}
    assert rules["twins_exact"] == "low" and rules["imbalance"] == "medium"
    assert answered("inspect", str(folder), "--check") == 0
    (folder / "10_luca" / "p2.txt").write_bytes("café".encode("cp1252"))
    assert answered("inspect", str(folder), "--check") == 1
    (folder / "10_luca" / "p2.png").write_bytes(b"")
    assert answered("inspect", str(folder), "--check", "--report", str(tmp_path / "report")) == 2
    assert {p.name for p in (tmp_path / "report").iterdir()} == {
        "report.html", "report.md", "report.json"}  # fmt: skip
    assert answered("inspect", str(folder)) == 0


def test_fix_and_undo(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert answered("dedup", str(folder), "--json") == 0
    assert json.loads(capsys.readouterr().out) == [
        {"file": "10_luca/twin.png", "like": "10_luca/p1.png", "kind": "exact"}
    ]
    assert answered("dedup", str(folder), "--fix") == 0
    assert not (folder / "10_luca" / "twin.png").exists()
    assert answered("dedup", str(folder)) == 0
    assert "no twins" in capsys.readouterr().err
    capsys.readouterr()
    assert answered("inspect", str(folder), "--undo", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"moved_back": ["10_luca/twin.png"]}
    assert before == {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert answered("inspect", str(folder), "--undo") == 2
    assert answered("inspect", str(folder), "--undo", "--fix") == 2
    assert answered("inspect", str(folder), "--fix") == 0
    assert answered("inspect", str(folder), "--fix") == 0
    assert "nothing to move away" in capsys.readouterr().err


def test_balance_reckons(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answered("balance", str(folder), "--epochs", "2", "--batch-size", "2", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["classes"]["10_luca"] == {"pictures": 13, "repeats": 1}
    assert said["total_steps"] == 2 * said["steps_per_epoch"]
    assert answered("balance", str(folder), "--epochs", "0") == 2


@pytest.mark.parametrize("command", ["inspect", "dedup", "balance"])
def test_a_folder_that_is_not_there_is_asked_wrongly(tmp_path: Path, command: str) -> None:
    assert answered(command, str(tmp_path / "none")) == 2


def test_a_folder_without_pictures_is_no_good_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answered("inspect", str(tmp_path), "--check") == 2
    assert "0 of 100: there are no pictures, and so nothing to judge" in capsys.readouterr().err


def test_a_set_is_not_made_inside_its_own_input(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.rglob("*"))
    assert answered("prepare", str(folder), "--out", str(folder / "made")) == 2
    assert "it lies in" in capsys.readouterr().err
    assert answered("prepare", str(folder / "10_luca"), "--out", str(folder)) == 2
    assert "would replace" in capsys.readouterr().err
    assert sorted(folder.rglob("*")) == before


def test_fix_leaves_linked_folders_alone_and_says_so(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "linked"
    root.mkdir()
    (root / "10_luca").symlink_to(folder / "10_luca")
    assert answered("inspect", str(root), "--fix") == 0
    assert "1 file left alone, in folders that are linked in" in capsys.readouterr().err
    assert (folder / "10_luca" / "twin.png").is_file()
