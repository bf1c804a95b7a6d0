"""One engine: the recipe ``cpu`` and `animstudio film` do the same work, once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from animstudio.cli import app
from animstudio.cli.outcome import run_command

from .film_runs import STAGES, Desk, make_film, results, tone

RECIPE = Path(__file__).parents[2] / "recipes" / "cpu.yaml"


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    make_film(tmp_path / "films" / "one.mp4", seed=1, sound=tone(2))
    make_film(tmp_path / "films" / "two 二.mkv", seed=2)
    return Desk(tmp_path / "films", tmp_path / "out", capsys)


def pipeline(desk: Desk, verb: str, recipe: str, *words: str) -> tuple[int, str]:
    sets = [f"film=t input={desk.films} output={desk.out}".split(" ")]
    flags = [word for one in sets[0] for word in ("--set", one)]
    more = ["--disk-free-gb", "0"] if verb == "run" else []
    code = run_command(app, ["pipeline", verb, recipe, *flags, *more, *words])
    return code, desk.capsys.readouterr().out


def test_the_recipe_and_the_command_agree_and_reuse_each_other(desk: Desk, tmp_path: Path) -> None:
    code, _ = pipeline(desk, "run", "cpu")
    assert code == 0
    theirs = Desk(desk.films, tmp_path / "theirs", desk.capsys)
    assert theirs.run().code == 0
    assert results(theirs.out) == results(desk.out)
    ended = desk.run()
    assert ended.code == 0 and not ended.made()
    assert "Nothing changed" in ended.said
    code, said = pipeline(theirs, "run", str(RECIPE), "--json")
    assert code == 0 and not json.loads(said)["counts"].get("made")
    code, said = pipeline(theirs, "plan", "cpu", "--json")
    assert code == 0 and json.loads(said)["nothing_to_do"]


def test_three_films_more_are_the_only_ones_that_run(desk: Desk) -> None:
    assert desk.run().code == 0
    before = results(desk.out)
    for number in range(3):
        make_film(desk.films / f"more{number}.mp4", seed=10 + number, frames=24)
    ended = desk.run()
    assert ended.code == 0
    new = {f"more{number}" for number in range(3)}
    assert {film for film, _ in ended.made()} == new
    assert len(ended.made()) == 3 * len(STAGES)
    after = results(desk.out)
    kept = {name for name in before if name.startswith(("frames/", "analysis/", "audio/"))}
    assert all(after[name] == before[name] for name in kept)


def test_options_of_a_recipe_are_those_of_the_command(desk: Desk, tmp_path: Path) -> None:
    params = tmp_path / "params.yaml"
    params.write_text("frames: {per_scene: 1}\ncamera: {moving_above: 0.5}\n")
    assert pipeline(desk, "run", "cpu", "--params", str(params))[0] == 0
    ended = desk.run("--per-scene", "1", "--moving-above", "0.5")
    assert ended.code == 0 and not ended.made()
    assert {item for _, item in desk.run("--moving-above", "0.4", "--per-scene", "1").made()} == {
        "camera"
    }


def test_a_broken_film_costs_itself_in_the_recipe_too(desk: Desk) -> None:
    (desk.films / "diary.mp4").write_text("Dear diary,\n" * 50)
    code, _ = pipeline(desk, "run", "cpu")
    assert code == 1
    index = json.loads((desk.out / "dataset_index.json").read_text("utf-8"))
    assert [film["film"] for film in index["films"]] == ["one", "two 二"]
    assert "text file" in index["failed"][0]["error"]
    assert (desk.out / "rag_summary.json").is_file() and (desk.out / "report.html").is_file()
