"""From films to characters, as commands and recipes; with the fakes, and with what ships."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from animstudio.characters.cluster_records import METADATA, ClusteringMetadata, read_cluster
from animstudio.characters.records import (
    InstancesMetadata,
    SegmentationSummary,
    TrackRecord,
    read_record,
)
from animstudio.cli import app
from animstudio.cli.outcome import run_command
from animstudio.media.png import encode_png
from tests.unit.characters import staged

RECIPE = """\
pipeline: cast
params: {output: out}
stages:
  - id: extract
    type: frame_extraction
    config: {input_dir: films}
  - id: segment
    type: segmentation
    config: {frames_dir: "{extract.output_dir}", model: fake, detector: fake, min_size: 8000}
  - id: all
    type: segmentation_summary
    config: {character_dir: "{segment.character_dir}"}
  - id: cluster
    type: clustering
    config: {instances_dir: "{segment.character_dir}", embedder: fake, min_cluster_size: 3}
"""
PREPARE = """\
  - id: prepare
    type: training_data_prep
    config: {cluster_dirs: "{cluster.cluster_dirs}", target_size: 256, min_side: 64, min_entropy: 0}
"""
EASY = ("--workers", "1", "--disk-free-gb", "0", "--ram-stop", "1", "--ram-slow", "1")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANIMSTUDIO_STATE", str(tmp_path / "state"))
    (tmp_path / "films").mkdir()
    (tmp_path / "r.yaml").write_text(RECIPE)
    return tmp_path


def run(*words: str) -> int:
    return run_command(app, list(words))


def counts(capsys: pytest.CaptureFixture[str]) -> Any:
    capsys.readouterr()
    run("pipeline", "run", "r.yaml", "--json", *EASY)
    return json.loads(capsys.readouterr().out.splitlines()[-1])["counts"]


def test_a_recipe_leads_from_films_to_characters(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    staged.film(project / "films" / "walk.mp4", 1, 2, 0)
    assert counts(capsys)["made"] == 1 + 3 + 1 + 1
    folder = project / "out" / "segment" / "character_dir"
    summary = read_record(SegmentationSummary, folder / "segmentation_summary.json")
    assert (summary.shots, summary.tracks) == (3, 3)
    assert summary.shots_without_characters == ["walk_s0003"]
    assert summary.backends.segmenter == summary.backends.detector == "fake"
    metadata = read_record(InstancesMetadata, folder / "instances_metadata.json")
    for one in metadata.instances:
        for file in (one.instance, one.context, one.blurred, one.mask, one.background):
            assert file is not None
            assert (folder / file).is_file()
    lines = (folder / "tracks.jsonl").read_text().splitlines()
    assert all(TrackRecord.model_validate_json(line).track.startswith("walk_s") for line in lines)
    found = read_record(
        ClusteringMetadata, project / "out" / "cluster" / "clustering_metadata.json"
    )
    # The two of the second shot were seen together, so they are two.
    assert len(found.characters) == 2
    cluster = read_cluster(project / "out" / "cluster" / found.characters[0].folder)
    place = project / "out" / "cluster" / cluster.name
    for picture in cluster.pictures:
        assert (place / picture.file).is_file()
        assert picture.source.mask
        assert (place / cluster.character_dir / picture.source.mask).is_file()
    assert (place / "contact_sheet.html").is_file()
    assert "made" not in counts(capsys)


def test_the_cast_binds_and_only_clustering_is_done_again(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    staged.film(project / "films" / "walk.mp4", 1, 2)
    counts(capsys)
    (project / "out" / "characters.yaml").write_text(
        "characters:\n  luca: [walk_s0001_t01, walk_s0002_t01]\n  ada: [walk_s0002_t02]\n"
    )
    assert counts(capsys)["made"] == 1
    found = read_record(
        ClusteringMetadata, project / "out" / "cluster" / "clustering_metadata.json"
    )
    assert {c.name: c.tracks for c in found.characters} == {"luca": 2, "ada": 1}
    assert not list((project / "out" / "cluster").glob("character_*/*"))


def made_by(project: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Run the recipe with a dataset at its end; return the stages of which items were made."""
    skip = len(committed(project))
    capsys.readouterr()
    assert run("pipeline", "run", "r.yaml", *EASY) == 0
    return sorted(committed(project)[skip:])


def committed(project: Path) -> list[str]:
    logs = sorted((project / "out" / "checkpoints").rglob("events.jsonl"))
    events = [json.loads(line) for log in logs for line in log.read_text().splitlines()]
    return [e["stage"] for e in events if e["type"] == "item.committed"]


def test_an_edited_cast_makes_anew_only_what_depends_on_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Renamed, merged, split, rejected; told by the journal's events."""
    (project / "r.yaml").write_text(RECIPE + PREPARE)
    staged.film(project / "films" / "walk.mp4", 1, 2, 1, times=2)
    assert made_by(project, capsys) == ["all", "cluster", "extract", "prepare", *3 * ["segment"]]
    out, cast = project / "out", project / "out" / "characters.yaml"
    found = (out / "cluster" / "characters.yaml").read_text()
    (one, (a, b)), (other, _) = yaml.safe_load(found)["characters"].items()

    def characters() -> dict[str, int]:
        info = json.loads((out / "prepare" / "dataset_info.json").read_text())
        record = read_record(ClusteringMetadata, out / "cluster" / METADATA)
        assert {c.name for c in record.characters} == set(info["characters"])
        return {c.name: c.tracks for c in record.characters}

    again = ["cluster", "prepare"]
    cast.write_text(f"{found}rename: {{{one}: luca}}\n")
    assert made_by(project, capsys) == again
    assert characters() == {"luca": 2, other: 2}
    assert list((out / "prepare" / "train").glob("*_luca/*.txt"))
    assert not list((out / "prepare" / "train").glob("*_character-01/*"))
    cast.write_text(f"{found}merge: [[{other}, {one}]]\n")
    assert made_by(project, capsys) == again
    assert characters() == {other: 4}
    cast.write_text(f"{found}split: {{{one}: [[{a}], [{b}]]}}\n")
    assert made_by(project, capsys) == again
    assert {one, f"{one}_2"} < characters().keys()
    cast.write_text(f"{found}reject: [{other}, {b}]\n")
    assert made_by(project, capsys) == again
    assert characters() == {one: 1}
    cast.write_text(cast.read_text() + "# a word that changes nothing\n")
    assert made_by(project, capsys) == ["cluster"]
    assert made_by(project, capsys) == []


def test_who_never_appears_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    staged.film(project / "films" / "walk.mp4", 1, 1)
    (project / "stills" / "ada").mkdir(parents=True)
    red = np.zeros((60, 60, 3), np.uint8)
    red[:, :, 2] = 255
    (project / "stills" / "ada" / "1.png").write_bytes(encode_png(red))
    fakes = ("--model", "fake", "--detector", "fake")
    assert run("characters", "find", "films", "o", *fakes, *EASY) == 0
    (project / "o" / "characters.yaml").write_text(
        "characters:\n  luca: [walk_s0001_t01]\n  giulia: [walk_s0009_t01]\nreject: [walk_s0002]\n"
    )
    alike = ("--embedder", "fake", "--min-cluster-size", "3", "--references", "stills")
    assert run("characters", "cluster", "o", *alike, *EASY) == 0
    told = capsys.readouterr().out
    assert "ada: in no shot" in told
    assert "giulia: in no shot" in told
    assert "2 tracks or characters that are not there: walk_s0002, walk_s0009_t01" in told


def test_commands_find_recognise_and_show(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    staged.film(project / "films" / "walk.mp4", 1, 1)
    fakes = ("--model", "fake", "--detector", "fake")
    assert run("characters", "find", "films", "o", *fakes, *EASY) == 0
    assert "pictures of 2 tracks in 2 shots, by fake" in capsys.readouterr().out
    large = (*fakes, "--min-size", "9999999")
    assert run("characters", "find", "films", "none", *large, *EASY) == 0
    told = capsys.readouterr().out
    assert "nobody in walk_s0001, walk_s0002" in told
    assert "no character was found; a smaller --min-size" in told
    alike = ("--embedder", "fake", "--min-cluster-size", "3", "--reach", "0.3")
    assert run("characters", "cluster", "o", *alike, *EASY) == 0
    assert "character_01" in capsys.readouterr().out
    assert run("characters", "cast", "o") == 0
    assert "walk_s0001_t01" in (project / "o" / "characters.yaml").read_text()
    assert run("characters", "sheet", "o", "--json") == 0
    shown = capsys.readouterr().out
    assert "character_01" in json.loads(shown[shown.index("{") :])["sheets"]
    assert run("characters", "sheet", "o", "charcter_01") == 2
    pictures = project / "o" / "extract" / "walk" / "frames"
    assert run("gpu", "segment", str(pictures), "p", *fakes, "--resume", *EASY) == 0
    assert (project / "p" / "segment" / "character_dir" / "tracks.jsonl").is_file()


def test_a_model_that_is_not_there_is_named_before_anything_runs(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    staged.film(project / "films" / "walk.mp4", 1)
    assert run("gpu", "segment", "films", "o", "--models-dir", "none") == 2
    assert "sam2_hiera_base" in capsys.readouterr().err
    assert run("characters", "find", "films", "o", "--model", "foregrund") == 2
    assert "did you mean 'foreground'" in capsys.readouterr().err
    assert run("characters", "cluster", "o") == 2
    assert not (project / "o").exists()
    staged.character_dir(project / "p" / "segment" / "character_dir", project / "frames", 1)
    capsys.readouterr()
    for words, said in (
        (("--embedder", "clip", "--models-dir", "none"), "no weights of 'clip'"),
        (("--embedder", "efficientnet-lite0", "--device", "gpu"), "no device is called 'gpu'"),
        (("--embedder", "apearance"), "did you mean 'appearance'"),
    ):
        assert run("characters", "cluster", "p", *words, *EASY) == 2
        assert said in capsys.readouterr().err
    assert not (project / "p" / "cluster").exists()


def test_the_recipe_that_ships_goes_to_the_end_and_says_what_became_of_pictures(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = str(Path(__file__).parents[2] / "recipes" / "luca_full_pipeline.yaml")
    staged.film(project / "films" / "walk.mp4", 1, 2, 0)
    assert run("pipeline", "validate", recipe, "--set", "input=films") == 0
    assert run("pipeline", "run", recipe, "--set", "input=films", *EASY) == 1
    told = capsys.readouterr().err
    assert "cluster: 1 made" in told
    assert "not one of 12 pictures is left: 12 small" in " ".join(told.split())
