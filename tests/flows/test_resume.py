"""Runs that go on from what stands: nothing is done twice, nothing is lost, nothing depends on
how often it was interrupted."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from animstudio.cli import app
from animstudio.cli.outcome import run_command
from animstudio.kernel.hold import held
from animstudio.kernel.machine import Machine
from animstudio.kernel.workers import Workers

from .film_runs import (
    LONG_AGO,
    STAGES,
    Desk,
    end,
    events,
    group,
    make_film,
    results,
    stamps,
    tone,
    until,
    workers_of,
)

ROOT = Path(__file__).parents[2]


Places = tuple[Path, Path]
"""A folder of films, and what one undisturbed run over them left."""


@pytest.fixture(scope="module")
def surveyed(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """Two films; tests do not change them."""
    place = tmp_path_factory.mktemp("surveyed")
    make_films(place / "films")
    return survey(place)


@pytest.fixture(scope="module")
def surveyed_own(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """Two films that tests change and `own` puts back."""
    place = tmp_path_factory.mktemp("own")
    make_films(place / "films")
    shutil.copytree(place / "films", place / "kept")
    return survey(place)


@pytest.fixture(scope="module")
def surveyed_long(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """A film of 192 s, two spans, at two frames a second."""
    place = tmp_path_factory.mktemp("long")
    make_film(place / "films" / "long.mp4", seed=4, frames=384, rate=2)
    return survey(place)


def make_films(folder: Path) -> None:
    make_film(folder / "one.mp4", seed=1, sound=tone(2))
    make_film(folder / "two.mkv", seed=2)


def survey(place: Path) -> Places:
    words = ["film", "all", "t", str(place / "films"), str(place / "out"), "--disk-free-gb", "0"]
    assert run_command(app, words) == 0
    return place / "films", place / "out"


@pytest.fixture
def desk(surveyed: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A copy of what was left, to work on; the films stay where they are."""
    return copied(surveyed, tmp_path, capsys)


@pytest.fixture
def own(surveyed_own: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    """The same with films that may be changed."""
    yield copied(surveyed_own, tmp_path, capsys)
    films = surveyed_own[0]
    shutil.rmtree(films)
    shutil.copytree(films.with_name("kept"), films)


@pytest.fixture
def long_film(surveyed_long: Places, capsys: pytest.CaptureFixture[str]) -> Desk:
    """What is compared with; not to be changed."""
    return Desk(*surveyed_long, capsys)


def copied(places: Places, to: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    shutil.copytree(places[1], to / "out")
    return Desk(places[0], to / "out", capsys)


def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(team: Workers) -> None:
        raise AssertionError("a worker was started")

    monkeypatch.setattr(Workers, "_hire", refuse)


def test_a_second_run_starts_no_worker(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before, touched = results(desk.out), stamps(desk.out)
    no_workers(monkeypatch)
    ended = desk.run()
    assert ended.code == 0
    assert "Nothing changed" in ended.said
    assert "nothing was decoded" in ended.said
    assert [event["film"] for event in ended.of("film.reused")] == ["one", "two"]
    assert results(desk.out) == before
    assert stamps(desk.out) == touched
    index = json.loads((desk.out / "dataset_index.json").read_text())
    assert index["completed"] is True
    assert [film["reused"] for film in index["films"]] == [True, True]


@pytest.mark.parametrize(
    ("options", "made"),
    [
        (["--audio-rate", "8000"], {"sound"}),
        (["--colours", "3"], {"composition"}),
        (["--moving-above", "0.5"], {"camera"}),
        (["--quality", "60"], {"frames", "composition"}),
        (["--threshold", "1000"], {"frames", "scenes", "camera", "composition"}),
    ],
)
def test_a_changed_option_redoes_what_depends_on_it(
    desk: Desk, options: list[str], made: set[str]
) -> None:
    ended = desk.run(*options)
    assert ended.code == 0, ended.talked
    assert ended.items() == made
    assert not {path for path in results(desk.out) if "kept" in path}
    assert all(event["why"] for event in ended.of("film.made"))


@pytest.mark.parametrize("pictures_a_scene", ["2", "5"])
def test_another_choice_decodes_only_pictures_that_are_new(
    desk: Desk, pictures_a_scene: str
) -> None:
    before = pictures(desk.out)
    ended = desk.run("--per-scene", pictures_a_scene)
    assert ended.items() == {"frames", "composition"}
    new = pictures(desk.out) - before
    assert new and len(new) < len(pictures(desk.out))
    assert ended.decoded_again() == len(new)


def pictures(out: Path) -> set[tuple[str, str]]:
    """Film and frame of every picture, whatever its position is called."""
    paths = out.glob("frames/*/*.jpg")
    return {(path.parent.name, path.name.split("_frame")[1]) for path in paths}


def test_a_touched_film_is_not_redone(own: Desk) -> None:
    before, touched = results(own.out), stamps(own.out)
    os.utime(own.films / "one.mp4", (LONG_AGO + 9, LONG_AGO + 9))
    ended = own.run()
    assert ended.code == 0
    assert not ended.made()
    assert not ended.of("film.opened")
    assert "Nothing changed" in ended.said
    assert (results(own.out), stamps(own.out)) == (before, touched)


def test_a_changed_film_is_redone_and_its_former_pictures_go(own: Desk, tmp_path: Path) -> None:
    make_film(own.films / "one.mp4", seed=7, frames=24)
    ended = own.run()
    assert ended.made() == {("one", item) for item in STAGES}
    whole = Desk(own.films, tmp_path / "whole", own.capsys)
    whole.run()
    assert results(own.out) == results(whole.out)
    assert not list(own.out.glob("audio/one*"))  # the new one is silent


def test_deleted_outputs_are_made_again_and_only_they(desk: Desk) -> None:
    before, touched = results(desk.out), stamps(desk.out)
    picture = sorted(desk.out.glob("frames/one/*.jpg"))[0]
    others = ["audio/one_audio.wav", "analysis/scenes/two.csv", "analysis/camera/one.json"]
    gone = [str(picture.relative_to(desk.out)), "frames/two/frames.jsonl", *others]
    for name in gone:
        (desk.out / name).unlink()
    ended = desk.run()
    assert ended.code == 0
    assert ended.made() == {
        ("one", "frames"),
        ("one", "sound"),
        ("one", "camera"),
        ("two", "frames"),
        ("two", "scenes"),
    }
    assert ended.decoded_again() == 1
    assert results(desk.out) == before
    after = stamps(desk.out)
    assert {name for name in touched if after[name] != touched[name]} <= set(gone)
    why = {(event["film"], event["item"]): event["why"] for event in ended.of("film.made")}
    assert why["two", "scenes"] == "analysis/scenes/two.csv is missing"


def test_deleted_measures_are_taken_again(desk: Desk) -> None:
    before = results(desk.out)
    shutil.rmtree(desk.out / "analysis" / "measures" / "one")
    ended = desk.run()
    assert ended.made() == {("one", "span000")}
    assert results(desk.out) == before


def test_what_a_person_edited_is_kept(desk: Desk) -> None:
    before = results(desk.out)
    picture = sorted(desk.out.glob("frames/one/*.jpg"))[0]
    notes = desk.out / "analysis/camera/two.json"
    picture.write_bytes(picture.read_bytes() + b"retouched")
    notes.write_text("my notes")
    ended = desk.run()
    assert ended.made() == {("one", "frames"), ("two", "camera")}
    kept = {name for name in results(desk.out) if name not in before}
    assert kept == {
        f"{picture.relative_to(desk.out)}.kept1",
        "analysis/camera/two.json.kept1",
    }
    assert (desk.out / "analysis/camera/two.json.kept1").read_text() == "my notes"
    assert before.items() <= results(desk.out).items()
    assert not desk.run().made()


def test_films_that_come_and_go(own: Desk) -> None:
    before = results(own.out)
    make_film(own.films / "three.avi", seed=3, codec="mpeg4")
    (own.films / "one.mp4").unlink()
    ended = own.run()
    assert ended.code == 0
    assert {film for film, _ in ended.made()} == {"three"}
    assert "1 film stood already" in ended.said
    after = results(own.out)
    stay = {name for name in before if "/one" in name and not name.startswith("rag/")}
    assert stay
    assert not {name for name in after if "/one" in name and name.startswith("rag/")}
    assert all(after[name] == before[name] for name in stay)
    index = json.loads((own.out / "dataset_index.json").read_text())
    assert [film["film"] for film in index["films"]] == ["three", "two"]


def test_fresh_makes_everything_again_and_the_same(desk: Desk) -> None:
    before = results(desk.out)
    ended = desk.run("--fresh", "--per-scene", "2")
    assert ended.made() == {(film, item) for film in ("one", "two") for item in STAGES}
    assert not {name for name in results(desk.out) if "kept" in name}
    desk.run("--fresh")
    assert results(desk.out) == before


def test_the_second_run_is_told_who_holds_the_folder(desk: Desk) -> None:
    with held(desk.out / "checkpoints"):
        ended = desk.run()
    assert ended.code == 1
    assert f"process {os.getpid()}" in ended.talked
    assert len(ended.talked.splitlines()) == 2


def test_stage_by_stage_is_the_same_as_all(desk: Desk, tmp_path: Path) -> None:
    staged = Desk(desk.films, tmp_path / "staged", desk.capsys)
    first = staged.run(verb="prepare")
    assert first.items() == {"span000", "sound", "frames"}
    second = staged.run(verb="analyze")
    assert second.code == 0, second.talked
    assert second.items() == {"scenes", "camera", "composition"}
    assert staged.run(verb="rag").code == 0
    assert results(staged.out) == results(desk.out)


def test_analyze_takes_over_the_options_of_prepare(desk: Desk, tmp_path: Path) -> None:
    staged = Desk(desk.films, tmp_path / "staged", desk.capsys)
    staged.run("--per-scene", "1", verb="prepare")
    ended = staged.run(verb="analyze")
    assert ended.code == 0, ended.talked
    assert ended.items() == {"scenes", "camera", "composition"}
    staged.run(verb="rag")
    desk.run("--per-scene", "1")
    assert results(staged.out).items() >= results(desk.out).items()


def test_pictures_decoded_again_are_the_same_bytes(desk: Desk) -> None:
    before = results(desk.out)
    shutil.rmtree(desk.out / "frames")
    ended = desk.run()
    assert ended.decoded_again() == len(pictures(desk.out))
    assert results(desk.out) == before


@pytest.mark.parametrize(("workers", "cores"), [("1", 2), ("3", 4)])
def test_workers_and_spans_side_by_side_change_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    long_film: Desk,
    monkeypatch: pytest.MonkeyPatch,
    workers: str,
    cores: int,
) -> None:
    monkeypatch.setattr(Machine, "cpus", lambda machine: cores)
    other = Desk(long_film.films, tmp_path_factory.mktemp("other"), long_film.capsys)
    ended = other.run("--workers", workers)
    assert {"span000", "span001"} <= ended.items()
    assert results(other.out) == results(long_film.out)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_at_once_and_goes_on_later(
    long_film: Desk, tmp_path: Path, how: signal.Signals
) -> None:
    """Ctrl-C reaches the whole group; so does what a batch queue sends."""
    desk = Desk(long_film.films, tmp_path / "out", long_film.capsys)
    process = desk.start(gate=tmp_path / "never")
    try:
        until(lambda: [e for e in events(desk.out) if e["type"] == "film.opened"])
        os.killpg(process.pid, how)
        _, talked = process.communicate(timeout=60)  # while its work would never end
        assert process.returncode == 130
        assert "what was committed is kept" in talked
        assert "Traceback" not in talked
        until(lambda: not group(process.pid))
    finally:
        end(process)
    assert not (desk.out / "checkpoints" / ".drafts").exists()
    status = json.loads((desk.out / "execution_metadata.json").read_text())["status"]
    assert status == "interrupted"
    assert desk.run().code == 0
    assert results(desk.out) == results(long_film.out)


def test_no_worker_outlives_a_killed_run(long_film: Desk, tmp_path: Path) -> None:
    desk = Desk(long_film.films, tmp_path / "out", long_film.capsys)
    process = desk.start(gate=tmp_path / "never")
    try:
        until(lambda: [e for e in events(desk.out) if e["type"] == "film.opened"])
        assert until(lambda: workers_of(process.pid))
        process.kill()
        process.wait()
        until(lambda: not group(process.pid))
    finally:
        end(process)
    assert desk.run().code == 0
    assert results(desk.out) == results(long_film.out)


def test_a_killed_worker_s_work_begins_again(long_film: Desk, tmp_path: Path) -> None:
    desk = Desk(long_film.films, tmp_path / "out", long_film.capsys)
    process = desk.start(gate=tmp_path / "gate")
    try:
        until(lambda: [e for e in events(desk.out) if e["type"] == "film.opened"])
        os.kill(until(lambda: workers_of(process.pid))[0], signal.SIGKILL)
        (tmp_path / "gate").touch()
        _, talked = process.communicate(timeout=300)
    finally:
        end(process)
    assert process.returncode == 0
    assert "begins again" in talked
    assert [e for e in events(desk.out) if e["type"] == "film.restarted"]
    assert results(desk.out) == results(long_film.out)


def test_kills_at_random_moments_cost_nothing_that_stood() -> None:
    """The benchmark with a few kills; its seed is fixed, the moments still vary."""
    command = [sys.executable, str(ROOT / "benchmarks" / "chaos" / "run.py"), "--few"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [*command, "--kills", "8", "--seed", "11"],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        env=environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["kills"] == 8
