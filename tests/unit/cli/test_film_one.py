"""One film, one thing: nothing of a person's is moved, and damage is said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from animstudio.cli import app
from animstudio.cli.outcome import run_command
from animstudio.film import one
from animstudio.film.one import measure_film
from animstudio.film.shots import ShotSpec
from animstudio.kernel.errors import ASKED_WRONGLY, OK
from animstudio.media.encode import write_film


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of noise, which compresses badly: every packet has a size to cut into."""
    path = tmp_path_factory.mktemp("films") / "noise.mkv"
    random = np.random.default_rng(1)
    pictures = (random.integers(0, 255, (64, 96, 3), np.uint8) for _ in range(48))
    tone = (0.3 * np.sin(np.arange(96_000) * 0.05)).astype(np.float32)
    write_film(path, pictures, sound=tone)
    return path


@pytest.fixture(scope="module")
def half(film: Path) -> Path:
    """The first half of its bytes."""
    path = film.with_name("half.mkv")
    content = film.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_is_no_name_for_a_wav(
    film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").mkdir()
    assert run_command(app, ["film", "sound", str(film), str(tmp_path / "mine")]) == ASKED_WRONGLY
    assert "mine: this is a folder" in capsys.readouterr().err
    assert names(tmp_path) == ["mine"]


def test_the_folder_of_a_wav_is_made(film: Path, tmp_path: Path) -> None:
    wav = tmp_path / "new" / "deep" / "a.wav"
    assert run_command(app, ["film", "sound", str(film), str(wav), "--no-speech"]) == OK
    assert names(wav.parent) == ["a.wav"]


def test_a_file_is_no_folder_for_pictures(
    film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "afile").write_text("mine")
    assert run_command(app, ["film", "frames", str(film), str(tmp_path / "afile")]) == ASKED_WRONGLY
    assert "afile: this is not a folder" in capsys.readouterr().err
    assert (tmp_path / "afile").read_text() == "mine"


def test_pictures_are_synced_before_they_are_placed(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[tuple[str, str]] = []
    for name in ("sync_file", "place"):
        real = getattr(one, name)

        def noted(path: Path, *more: Path, name: str = name, real: object = real) -> None:
            steps.append((name, path.name))
            real(path, *more)  # type: ignore[operator]

        monkeypatch.setattr(one, name, noted)
    assert (
        run_command(app, ["film", "frames", str(film), str(tmp_path / "out"), "--per-scene", "2"])
        == OK
    )
    made = names(tmp_path / "out")
    assert made and all(name.endswith(".jpg") for name in made)
    assert sorted(steps[::2]) == [("sync_file", name) for name in made]
    assert sorted(steps[1::2]) == [("place", name) for name in made]


@pytest.mark.parametrize("command", ["shots", "camera", "composition", "frames"])
def test_half_a_film_is_said_to_be_half(
    command: str, half: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = [str(tmp_path / "out")] if command == "frames" else []
    assert run_command(app, ["film", command, str(half), *out, "--json"]) == OK
    told = capsys.readouterr()
    assert json.loads(told.out)
    line = next(line for line in told.err.splitlines() if "did not decode" in line)
    share = float(line.split("half.mkv: ")[1].split("%")[0])
    assert 25 < share < 75


def test_a_whole_film_lacks_nothing(film: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = measure_film(film, ShotSpec())
    assert (taken.missing, taken.damage.packets) == (0.0, 0)
    assert run_command(app, ["film", "shots", str(film)]) == OK
    told = capsys.readouterr().err
    assert "decode" not in told.replace("decoded", "") and "damaged" not in told


def test_what_was_lost_is_kept(half: Path) -> None:
    taken = measure_film(half, ShotSpec())
    assert 0.25 < taken.missing < 0.75
    assert len(taken.measures) < 40
