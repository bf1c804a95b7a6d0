"""What a newcomer types first."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from animstudio.media.encode import write_film

HEAVY = {"numpy", "cv2", "av", "torch", "faiss", "psutil", "rich", "opentimelineio"}


def animstudio(*words: object, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "animstudio", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shots of half a second each, a red and a blue field with a moving square."""
    path = tmp_path_factory.mktemp("films") / "two shots.mp4"

    def picture(number: int) -> np.ndarray:
        frame = np.full((96, 160, 3), (40, 40, 180) if number < 24 else (180, 60, 20), np.uint8)
        top, left = (30, 10 + 2 * number) if number < 24 else (5, 120 - number)
        frame[top : top + 30, left : left + 30] = (230, 230, 230)
        return frame

    tone = (0.3 * np.sin(np.arange(96_000) * 0.05)).astype(np.float32)
    write_film(path, map(picture, range(48)), sound=tone)
    return path


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom animstudio.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    loaded = {line.split(".")[0] for line in done.stderr.splitlines()}
    assert "film" in done.stdout and "monitor" in done.stdout
    assert not loaded & (HEAVY - {"rich"})  # cyclopts draws its help with rich


def test_help_answers_in_a_third_of_a_second() -> None:
    """Processor time, the best of many: the machine may be busy, the code may not.

    On a slow machine it may take three times what loading the library of flags takes (here twice).
    """
    times = (cpu_time(["-m", "animstudio", "--help"]) for _ in range(12))
    if not any(seconds < 0.3 for seconds in times):
        library = min(cpu_time(["-c", "import cyclopts, rich.panel"]) for _ in range(6))
        assert any(cpu_time(["-m", "animstudio", "--help"]) < 3 * library for _ in range(12))


def cpu_time(words: list[str]) -> float:
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL) as process:
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0  # it was waited for here
    return usage.ru_utime + usage.ru_stime


def test_shots_as_json(film: Path) -> None:
    done = animstudio("film", "shots", film, "--json")
    scenes = json.loads(done.stdout)["scenes"]
    assert done.returncode == 0
    assert [(s["start_frame"], s["end_frame"]) for s in scenes] == [(0, 24), (24, 48)]
    assert scenes[1]["opening"]["kind"] == "cut"


def test_frames_are_written_and_listed(film: Path, tmp_path: Path) -> None:
    done = animstudio("film", "frames", film, tmp_path / "out", "--per-scene", 2, "--json")
    names = [record["file"] for record in json.loads(done.stdout)]
    assert names == sorted(path.name for path in (tmp_path / "out").glob("*.jpg"))
    assert len(names) == 4


def test_camera_composition_and_sound_as_json(film: Path, tmp_path: Path) -> None:
    moves = json.loads(animstudio("film", "camera", film, "--json").stdout)
    assert [move["shot"] for move in moves] == [1, 2]
    pictures = json.loads(animstudio("film", "composition", film, "--json").stdout)
    assert all(0 <= picture["score"] <= 1 for picture in pictures) and pictures
    sound = json.loads(animstudio("film", "sound", film, tmp_path / "s.wav", "--json").stdout)
    assert sound["rate"] == 16_000 and (tmp_path / "s.wav").stat().st_size > 16_000 * 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["film", "shot"], 2, 'Did you mean "shots"?'),
        (["film", "shots", "x.mp4", "--min-shott", "1"], 2, "Did you mean --min-shot?"),
        (["film", "frames", "x.mp4", "out", "--per-scene", "0"], 2, "--per-scene 0"),
        (["film", "shots", "no-such.mp4"], 2, "no-such.mp4"),
        (["film", "analyze", "no-such-folder"], 2, "film prepare"),
    ],
)
def test_wrong_requests_are_told_in_a_line(words: list[str], code: int, said: str) -> None:
    done = animstudio(*words)
    assert done.returncode == code
    assert said in done.stderr and "Traceback" not in done.stderr


def test_a_text_file_is_no_film(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("not a film")
    done = animstudio("film", "shots", tmp_path / "notes.mp4")
    assert done.returncode == 1 and "text file" in done.stderr


def test_the_scripts_of_the_report_take_its_arguments(film: Path, tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    script = root / "scripts" / "batch" / "run_cpu_tasks_all.sh"
    words = ["demo", str(film), str(tmp_path / "out"), "--workers", "1", "--monitor", "--resume",
             "--disk-free-gb", "0"]  # fmt: skip
    done = subprocess.run(
        ["bash", str(script), *words], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "report.html").stat().st_size > 5_000
    assert list((tmp_path / "out" / "monitoring").glob("*.csv"))
