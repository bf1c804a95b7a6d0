"""The film wing's stages, one after the other, for one small film."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from animstudio.film.frames import FrameSpec
from animstudio.film.shots import ShotSpec
from animstudio.film.stages import films, frames, measures
from animstudio.film.stages.films import FilmsSpec
from animstudio.film.stages.frames import PicturesFetched
from animstudio.kernel.errors import UnreadableFilm, WorkFailed
from animstudio.kernel.files import sha256
from animstudio.kernel.work import CorruptInput, Item, Known, Place, Progressed, Standing
from animstudio.media.encode import write_film
from tests.flows.film_runs import make_film

from .played import Player


@pytest.fixture
def player(tmp_path: Path) -> Player:
    return Player(make_film(tmp_path / "film.mp4", seed=3), tmp_path / "out")


def test_a_film_is_opened_by_its_looks_and_tells_its_content(player: Player) -> None:
    opened = player.opened()
    assert opened.sha256 == sha256(player.file)
    assert opened.spans == [(None, None)]
    assert opened.expected == 48
    [known] = [said for said in player.said if isinstance(said, Known)]
    assert (known.path, known.digest, known.settled) == (str(player.file), opened.sha256, True)
    item = films.items(FilmsSpec(input=player.file), Place("films", player.out, player.out))[0]
    assert item.by_looks and item.inputs == {"file": player.file.absolute()}


def test_what_is_no_film_is_corrupt_input(tmp_path: Path) -> None:
    (tmp_path / "diary.mp4").write_text("Dear diary")
    with pytest.raises(UnreadableFilm, match="text file"):
        Player(tmp_path / "diary.mp4", tmp_path / "out").opened()
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.mp4"))
    odd.write_bytes(b"x")
    with pytest.raises(CorruptInput, match="no valid text"):
        Player(odd, tmp_path / "out").opened()


def test_a_film_that_changes_while_it_is_opened(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(path: Path) -> str:
        digest = sha256(path)
        os.utime(path, (1, 1))
        return digest

    monkeypatch.setattr(films, "sha256", slow)
    with pytest.raises(WorkFailed, match="changed or moved"):
        player.opened()


def test_measuring_leaves_pictures_that_need_no_second_decode(player: Player) -> None:
    opened = player.opened()
    spec = player.chosen(opened, player.measured(opened))
    assert Progressed(48, None, "frames") in player.said
    chosen = player.all_of(frames, spec)
    assert [s.pictures for s in player.said if isinstance(s, PicturesFetched)] == [0]
    lines = [json.loads(line) for line in chosen.list.read_text().splitlines()]
    assert len(lines) == chosen.count > 1
    assert all(sha256(chosen.folder / line["file"]) == line["sha256"] for line in lines)


@pytest.mark.parametrize(
    ("choice", "fetched"),
    [(FrameSpec(), 0), (FrameSpec(per_scene=1), 1), (FrameSpec(quality=50), 4)],
)
def test_pictures_that_stand_are_taken_over(
    player: Player, choice: FrameSpec, fetched: int
) -> None:
    """Those of the same frame, written the same way; the others are decoded again."""
    opened = player.opened()
    measured = player.measured(opened)
    spec = player.chosen(opened, measured)
    made, digests = player.make(frames, spec.item(), spec)
    files = sorted((player.out / "frames/film").iterdir())
    outputs = {f"frames/film/{path.name}": sha256(path) for path in files}
    options = spec.model_dump(mode="json", include={"shots", "frames"})
    before = Standing(outputs, made.facts, digests, {}, options)
    shutil.rmtree(player.out / ".spares")
    player.said.clear()
    again = player.chosen(opened, measured, choice)
    player.make(frames, again.item(), again, before)
    assert [s.pictures for s in player.said if isinstance(s, PicturesFetched)] == [fetched]


def test_the_network_measures_a_film_in_one_piece(player: Player) -> None:
    spec = measures.MeasuresSpec(
        film="film", file=player.file, spans=[(None, 5), (5, None)],
        shots=ShotSpec(detector="transnetv2"),
    )  # fmt: skip
    place = Place("measures", player.out, player.out)
    assert [item.name for item in measures.items(spec, place)] == ["span000"]
    quick = spec.model_copy(update={"shots": ShotSpec()})
    found: list[Item] = list(measures.items(quick, place))
    assert [item.name for item in found] == ["span000", "span001"]
    assert (found[1].options["start"], found[1].options["end"]) == (5, None)


def test_a_film_of_which_nothing_decodes(tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    rng = np.random.default_rng(1)
    write_film(path, (rng.integers(0, 255, (72, 128, 3), np.uint8) for _ in range(24)))
    player = Player(path, tmp_path / "out")
    opened = player.opened()
    opened.spans[:] = [(10**9, None)]
    with pytest.raises((UnreadableFilm, WorkFailed)):
        player.measured(opened)


def test_measures_of_an_earlier_engine_are_taken_over(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = player.opened()
    table = player.measured(opened).files[0].read_bytes()
    home = player.out / "checkpoints" / "film"
    (home / "span000").mkdir(parents=True)
    (home / "span000" / "measures.npz").write_bytes(table)
    output = {"path": "checkpoints/film/span000/measures.npz", "size": len(table),
              "sha256": sha256(home / "span000" / "measures.npz")}  # fmt: skip
    inputs = {"film": opened.sha256, "start": "None", "end": "None"}
    manifest = {
        "item": "film/span000",
        "key": {"stage": "measures", "version": 1, "spec": "", "inputs": inputs},
        "outputs": [output],
        "facts": {"frames": 48, "damaged_packets": 0, "first_damage": ""},
    }
    (home / "span000.manifest.json").write_text(json.dumps(manifest))

    def refuse(*arguments: object) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(measures, "survey_span", refuse)
    measured = player.measured(opened)
    assert measured.frames == 48 and measured.files[0].read_bytes() == table
    (home / "span000" / "measures.npz").write_bytes(b"harmed")
    with pytest.raises(AssertionError, match="decoded"):
        player.measured(opened)
