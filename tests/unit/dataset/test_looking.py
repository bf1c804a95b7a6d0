"""Many pictures are looked at in threads or in processes, and nobody can tell which."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from animstudio.dataset.inspect import looking
from animstudio.dataset.inspect.look import Seen
from animstudio.dataset.inspect.looking import look_at_all, see_apart


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    random = np.random.default_rng(3)
    paths = [tmp_path / f"圖 {number:02}.{'png' if number % 5 else 'jpg'}" for number in range(40)]
    for path in paths:
        grain = random.integers(0, 256, (9, 12, 3)).astype(np.uint8)
        picture = cv2.resize(grain, (120, 90), interpolation=cv2.INTER_CUBIC)
        path.write_bytes(cv2.imencode(path.suffix, picture)[1].tobytes())
    paths[7].write_bytes(b"")
    return paths


def flat(seen: Sequence[Seen]) -> list[tuple[object, ...]]:
    return [
        (one.fault, one.digest, one.softness, one.noise, one.exposure, one.looks and
         (one.looks.cells.tobytes(), one.looks.layout.tobytes())) for one in seen
    ]  # fmt: skip


def test_processes_see_what_threads_see(
    pictures: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int]] = []
    by_threads = look_at_all(pictures, 2, apart=True)  # too few for more
    monkeypatch.setattr(looking, "MANY", 30)
    by_processes = look_at_all(pictures, 2, lambda *so_far: told.append(so_far), apart=True)
    assert flat(by_processes) == flat(by_threads)
    assert by_processes[7].fault == "empty" and not by_processes[8].fault
    assert told[-1] == (40, 40) and len(told) == 3


def dies_of_some(paths: Sequence[Path], looks_only: bool, report: object) -> list[Seen]:
    if any("13" in path.name for path in paths):
        os.kill(os.getpid(), signal.SIGKILL)
    return see_apart(paths, looks_only, report)


def test_a_picture_that_brings_its_decoder_down_costs_itself(
    pictures: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "MANY", 30)
    monkeypatch.setattr(looking, "see_apart", dies_of_some)
    seen = look_at_all(pictures, 2, looks_only=True, apart=True)
    assert {at: one.fault for at, one in enumerate(seen) if one.fault} == {
        7: "empty", 13: "its decoder broke down (SIGKILL)",
    }  # fmt: skip
