"""Checkpoints in an output folder: found, looked into, ranked, kept and put back."""

from __future__ import annotations

import json
import os
import struct
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from animstudio.jobs.checkpoints import (
    TRASH,
    Checkpoint,
    evaluate,
    find_checkpoints,
    keep_best,
    ranked,
    restore,
    with_losses,
)
from animstudio.kernel.errors import WorkFailed

NOW = 1_000_000.0


def save(path: Path, made: float = NOW - 1000, cut: int = 0, **metadata: str) -> Path:
    """Write a small safetensors file, some bytes short of whole."""
    tensor = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
    header = json.dumps({"lora_up": tensor, "__metadata__": metadata}).encode()
    data = struct.pack("<Q", len(header)) + header + b"\0" * 16
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data[: len(data) - cut])
    os.utime(path, (made, made))
    return path


def test_real_files_are_whole(tmp_path: Path) -> None:
    safetensors = pytest.importorskip("safetensors.numpy")
    numpy = pytest.importorskip("numpy")
    safetensors.save_file({"a": numpy.zeros(5)}, tmp_path / "a-step00000500.safetensors")
    (found,) = find_checkpoints(tmp_path, NOW)
    assert (found.state, found.step, found.epoch) == ("whole", 500, None)


@pytest.mark.parametrize(
    ("name", "step", "epoch"),
    [
        ("luca-step00000500.safetensors", 500, None),
        ("luca-000010.safetensors", None, 10),
        ("epoch=3-step=500.safetensors", 500, 3),
        ("checkpoint-500/pytorch_lora_weights.safetensors", 500, None),
        ("a/b/model_step_20.safetensors", 20, None),
        ("luca.safetensors", None, None),
    ],
)
def test_names(tmp_path: Path, name: str, step: int | None, epoch: int | None) -> None:
    save(tmp_path / name)
    (found,) = find_checkpoints(tmp_path, NOW)
    assert (found.step, found.epoch, found.state) == (step, epoch, "whole")


def test_what_kohya_writes_in_the_file(tmp_path: Path) -> None:
    save(tmp_path / "luca.safetensors", ss_steps="1300", ss_epoch="10")
    (found,) = find_checkpoints(tmp_path, NOW)
    assert (found.step, found.epoch) == (1300, 10)


def test_files_that_are_not_whole(tmp_path: Path) -> None:
    save(tmp_path / "cut.safetensors", cut=5)
    save(tmp_path / "fresh.safetensors", made=NOW - 1, cut=5)
    (tmp_path / "rubbish.safetensors").write_bytes(b"\xff" * 100)
    (tmp_path / "words.safetensors").write_bytes(struct.pack("<Q", 3) + b"[1]")
    (tmp_path / "empty.pt").touch()
    (tmp_path / "half.ckpt").write_bytes(b"PK\x03\x04 and then nothing")
    for file in tmp_path.iterdir():
        if file.name != "fresh.safetensors":
            os.utime(file, (NOW - 1000, NOW - 1000))
    found = {c.path.name: c for c in find_checkpoints(tmp_path, NOW)}
    assert {name: c.state for name, c in found.items()} == {
        "cut.safetensors": "broken", "fresh.safetensors": "growing", "empty.pt": "broken",
        "rubbish.safetensors": "broken", "words.safetensors": "broken", "half.ckpt": "broken",
    }  # fmt: skip
    assert "bytes, and its header tells of" in found["cut.safetensors"].why


def test_torch_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "new.pt", "w") as archive:
        archive.writestr("data.pkl", b"x")
    (tmp_path / "old.pth").write_bytes(b"\x80\x02}q\x00.")
    found = {c.path.name: c.state for c in find_checkpoints(tmp_path, NOW)}
    assert found == {"new.pt": "whole", "old.pth": "unknown"}


def test_only_what_this_job_saved(tmp_path: Path) -> None:
    save(tmp_path / "before.safetensors", made=10.0)
    save(tmp_path / "after.safetensors", made=30.0)
    assert [c.path.name for c in find_checkpoints(tmp_path, NOW, since=20.0)] == [
        "after.safetensors"
    ]
    assert find_checkpoints(tmp_path / "none", NOW) == []


def test_a_folder_is_one_checkpoint(tmp_path: Path) -> None:
    save(tmp_path / "checkpoint-500" / "model.safetensors")
    save(tmp_path / "checkpoint-500" / "unet" / "weights.safetensors", cut=1)
    save(tmp_path / "checkpoint-500" / "extra.safetensors", cut=1)
    found = {c.path.name: c for c in find_checkpoints(tmp_path, NOW)}
    assert found["checkpoint-500"].state == "broken"


def test_ranked_by_the_last_losses(tmp_path: Path) -> None:
    for step in (100, 200, 300):
        save(tmp_path / f"a-step{step:08}.safetensors")
    losses = [(s, 1.0 if s <= 100 else 0.1 if s <= 200 else 0.5) for s in range(0, 301, 5)]
    best = ranked(with_losses(find_checkpoints(tmp_path, NOW), losses))
    assert [(c.step, c.loss) for c in best] == [
        (200, pytest.approx(0.1)), (300, pytest.approx(0.5)), (100, pytest.approx(1.0)),
    ]  # fmt: skip
    scored = [replace(c, score=float(c.step or 0)) for c in best]
    assert [c.step for c in ranked(scored)] == [300, 200, 100]


def checkpoint(path: Path) -> Checkpoint:
    return Checkpoint(path, 1, NOW, "whole")


def test_an_evaluation(tmp_path: Path) -> None:
    say = "import sys; print('loading 7'); print('score:', len(sys.argv[1]) and 0.75)"
    assert evaluate(checkpoint(tmp_path), [sys.executable, "-c", say, "{}"], 60).score == 0.75
    assert evaluate(checkpoint(tmp_path), [sys.executable, "-c", say], 60).score == 0.75


@pytest.mark.parametrize(
    ("program", "said"),
    [("exit(3)", "ended with code 3"), ("print('well')", "printed no number"),
     ("print('nan')", "printed no number"), ("while True: pass", "timed out")],
)  # fmt: skip
def test_an_evaluation_that_fails(tmp_path: Path, program: str, said: str) -> None:
    seconds = 0.2 if "while" in program else 60
    with pytest.raises(WorkFailed, match=said):
        evaluate(checkpoint(tmp_path), [sys.executable, "-c", program], seconds)


def test_the_best_are_kept_and_the_others_can_be_put_back(tmp_path: Path) -> None:
    for number, step in enumerate((100, 200, 300, 400)):
        save(tmp_path / f"a-step{step:08}.safetensors", made=100.0 + number)
    save(tmp_path / "checkpoint-50" / "model.safetensors", made=50.0)
    save(tmp_path / "growing.safetensors", made=NOW, cut=3)
    losses = [(100, 0.5), (200, 0.1), (300, 0.9), (400, 3.0)]
    found = with_losses(find_checkpoints(tmp_path, NOW), losses)
    moved = keep_best(found, 1, tmp_path)
    assert sorted(path.relative_to(tmp_path / TRASH).as_posix() for path in moved) == [
        "a-step00000100.safetensors", "a-step00000300.safetensors", "checkpoint-50",
    ]  # fmt: skip
    left = {c.path.name for c in find_checkpoints(tmp_path, NOW)}
    assert left == {  # the best, the newest to resume from, and the one being written
        "a-step00000200.safetensors", "a-step00000400.safetensors", "growing.safetensors",
    }  # fmt: skip
    back = next(path for path in moved if path.name == "checkpoint-50")
    assert restore(back, tmp_path) == tmp_path / "checkpoint-50"
    assert (tmp_path / "checkpoint-50" / "model.safetensors").is_file()


def test_nothing_is_lost_when_names_meet(tmp_path: Path) -> None:
    places = set()
    for _ in range(3):
        save(tmp_path / "a-step00000100.safetensors", made=1.0)
        save(tmp_path / "b-step00000200.safetensors", made=2.0)
        places |= set(keep_best(find_checkpoints(tmp_path, NOW), 0, tmp_path))
    assert len(places) == 3 and all(path.exists() for path in places)
    save(tmp_path / "a-step00000100.safetensors")
    with pytest.raises(WorkFailed, match="it is there already"):
        restore(tmp_path / TRASH / "a-step00000100.safetensors", tmp_path)
