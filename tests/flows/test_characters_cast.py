"""The cast as people edit it, and what they are told of who was not found."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from animstudio.characters.cluster_records import METADATA, ClusteringMetadata
from animstudio.characters.records import (
    FailedFrames,
    InstancesMetadata,
    SegmentationSummary,
    read_record,
)
from animstudio.cli import app
from animstudio.cli.outcome import run_command
from animstudio.media.png import encode_png
from tests.unit.characters import staged

EASY = ("--workers", "1", "--disk-free-gb", "0", "--ram-stop", "1", "--ram-slow", "1")
ALIKE = ("--embedder", "fake", "--min-cluster-size", "3", "--reach", "0.3")
Told = pytest.CaptureFixture[str]


def run(*words: str) -> int:
    return run_command(app, list(words))


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An output folder in which characters were found, in two shots."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANIMSTUDIO_STATE", str(tmp_path / "state"))
    staged.character_dir(tmp_path / "o" / "segment" / "character_dir", tmp_path / "walk", 1, 1)
    return tmp_path / "o"


def clustered(*words: str) -> int:
    return run("characters", "cluster", "o", *ALIKE, *words, *EASY)


def names(out: Path) -> list[str]:
    return [c.name for c in read_record(ClusteringMetadata, out / "cluster" / METADATA).characters]


def test_a_mistake_in_the_cast_is_told_before_anything_runs(found: Path, capsys: Told) -> None:
    (found / "characters.yaml").write_text("characters: {}\nrenam: {a: b}\n")
    assert clustered() == 2
    assert "characters.yaml:2:1: unknown part 'renam'" in capsys.readouterr().err
    assert not (found / "cluster").exists()
    (found / "characters.yaml").unlink()
    (found.parent / "mine.yaml").write_text("characters: {luca: [walk_s0001_t01]\n")
    assert clustered("--cast", "mine.yaml") == 2
    assert "mine.yaml:2:1" in capsys.readouterr().err


def test_names_in_any_script_are_heeded_and_a_cast_that_is_deleted_is_forgotten(
    found: Path, capsys: Told
) -> None:
    cast = found / "characters.yaml"
    text = "characters:\r\n  路卡: [walk_s0001_t01]  # 主角\r\n".encode("utf-8-sig")
    cast.write_bytes(text)
    assert clustered() == 0
    assert names(found) == ["路卡"]
    assert run("characters", "sheet", "o", "路卡") == 0
    assert cast.read_bytes() == text
    cast.unlink()
    assert clustered() == 0
    assert names(found) == ["character_01"]


def test_one_thing_that_is_not_there_is_told_with_the_nearest(found: Path, capsys: Told) -> None:
    (found / "characters.yaml").write_text("characters: {luca: [walk_s0001_t1]}\n")
    assert clustered() == 0
    told = capsys.readouterr().out
    assert "luca: in no shot" in told
    assert "the cast names a track or character that is not there: walk_s0001_t1; did you" in told


def test_edits_of_the_cast_as_it_was_found_are_set_aside_and_told(
    found: Path, capsys: Told
) -> None:
    assert clustered() == 0
    own = found / "cluster" / "characters.yaml"
    edited = own.read_text().replace("character_01", "luca") + "# mine\n"
    own.write_text(edited)
    capsys.readouterr()
    assert clustered() == 0
    told = " ".join(capsys.readouterr().err.split())
    (kept,) = (found / "cluster").glob("characters.yaml.kept*")
    assert kept.read_text() == edited
    assert str(Path("o/cluster") / kept.name) in told
    assert "move them to o/characters.yaml" in told
    kept.rename(found / "characters.yaml")
    assert clustered() == 0
    assert names(found) == ["luca"]
    assert (found / "characters.yaml").read_text() == edited


def test_references_that_are_never_found_are_told_and_empty_ones_refused(
    found: Path, capsys: Told
) -> None:
    stills = found.parent / "stills"
    (stills / "ada").mkdir(parents=True)
    (stills / ".cache").mkdir()
    assert clustered("--references", "stills") == 2
    assert "there are no pictures of 'ada'" in capsys.readouterr().err
    red = np.zeros((60, 60, 3), np.uint8)
    red[:, :, 2] = 255
    (stills / "ada" / "1.png").write_bytes(encode_png(red))
    assert clustered("--references", "stills") == 0
    assert "ada: in no shot" in capsys.readouterr().out
    assert run("characters", "sheet", "o") == 0
    assert "ada: in no shot" in capsys.readouterr().out
    assert run("characters", "sheet", "o", "ada") == 2
    assert "'ada' is in no shot" in capsys.readouterr().err
    assert run("characters", "sheet", "o", "--json") == 0
    assert json.loads(capsys.readouterr().out)["unseen"] == ["ada"]


def test_where_nobody_was_recognised_the_sheet_says_why(found: Path, capsys: Told) -> None:
    few = ("--embedder", "fake", "--min-cluster-size", "99", *EASY)
    assert run("characters", "cluster", "o", *few) == 0
    assert "nobody's: 6 pictures of 2 tracks" in capsys.readouterr().out
    assert run("characters", "sheet", "o") == 0
    told = capsys.readouterr().out
    assert "noise: " in told
    assert "no character: 2 of 2 tracks are of groups with too few pictures" in told
    assert run("characters", "sheet", "o", "noise") == 0
    page = capsys.readouterr().out.removeprefix("noise: ").strip()
    assert "6 pictures of 2 tracks" in Path(page).read_text()


def test_a_film_without_anybody_goes_through_the_recipe_that_ships(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    """Files that are empty and valid up to the set, which cannot be: that is a failure."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANIMSTUDIO_STATE", str(tmp_path / "state"))
    staged.film(tmp_path / "films" / "empty.mp4", 0, 0)
    recipe = str(Path(__file__).parents[2] / "recipes" / "luca_full_pipeline.yaml")
    assert run("pipeline", "run", recipe, "--set", "input=films", *EASY) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert "prepare/all: no character was found, so there are no pictures to prepare" in told
    home = tmp_path / "out" / "segment" / "character_dir"
    summary = read_record(SegmentationSummary, home / "segmentation_summary.json")
    assert (summary.shots, summary.instance_count) == (2, 0)
    assert summary.shots_without_characters == ["empty_s0001", "empty_s0002"]
    assert read_record(InstancesMetadata, home / "instances_metadata.json").instances == []
    assert read_record(FailedFrames, home / "failed_frames.json").failed == []
    assert (home / "tracks.jsonl").read_bytes() == b""
    assert names(tmp_path / "out") == []
    assert not (tmp_path / "out" / "prepare").exists()
    assert run("characters", "sheet", "out") == 0
    assert "segmentation found no character in any shot" in capsys.readouterr().out
