"""The report tells of the run that wrote it, whatever earlier runs left in the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from .film_runs import Desk, make_film, tone


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    make_film(tmp_path / "films" / "one.mp4", seed=1, sound=tone(2))
    return Desk(tmp_path / "films", tmp_path / "out", capsys)


def shown(desk: Desk) -> dict[str, bool]:
    """Return which parts of a film are in the report."""
    page = (desk.out / "report.html").read_text(encoding="utf-8")
    signs = {
        "camera": "<dt>Camera</dt>",
        "composition": 'class="palette"',
        "sound": "<dt>Sound</dt>",
        "frames": "base64,",
        "scenes": 'href="analysis/scenes/one.csv"',
        "camera file": 'href="analysis/camera/one.json"',
    }
    return {part: sign in page for part, sign in signs.items()}


def test_analysis_of_other_shots_is_left_out(desk: Desk) -> None:
    assert desk.run().code == 0
    assert all(shown(desk).values())
    assert desk.run(verb="prepare").code == 0
    assert all(shown(desk).values())  # still of these shots
    assert desk.run("--min-shot", "1.5", verb="prepare").code == 0
    left = {part for part, is_shown in shown(desk).items() if is_shown}
    assert left == {"sound", "frames"}
    assert (desk.out / "analysis/camera/one.json").is_file()
    assert desk.run(verb="analyze").code == 0
    assert all(shown(desk).values())


def test_options_of_the_other_stage_leave_its_results_in(desk: Desk) -> None:
    assert desk.run("--audio-rate", "source", "--smooth-above", "0.7").code == 0
    assert all(shown(desk).values())
    assert desk.run("--smooth-above", "0.7", verb="analyze").code == 0
    assert all(shown(desk).values())  # analyze is not told how the sound was taken
    assert desk.run(verb="prepare").code == 0
    assert all(shown(desk).values())  # nor prepare how cameras are told apart


def test_a_run_with_no_finished_film_has_a_report_that_says_so(desk: Desk) -> None:
    (desk.films / "one.mp4").write_bytes(b"no film at all" * 100)
    assert desk.run().code != 0
    page = (desk.out / "report.html").read_text(encoding="utf-8")
    assert "no film of this run was finished" in page
    assert "1 film failed" in page and "one" in page
