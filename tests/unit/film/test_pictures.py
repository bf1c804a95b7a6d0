"""The chosen frames as files: each holds the picture that its name says."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from animstudio.film import pictures
from animstudio.film.bars import Bars
from animstudio.film.composition import CompositionSpec
from animstudio.film.frames import Choice, FrameSpec
from animstudio.film.measures import Measures
from animstudio.film.pictures import Wanted, gather_pictures, wanted_pictures
from animstudio.film.shots import ShotSpec
from animstudio.film.stages import films, frames
from animstudio.film.survey import SurveyPlan, survey_span
from animstudio.kernel.errors import UnreadableFilm
from animstudio.media import refind
from animstudio.media.decode import WHOLE
from animstudio.media.jpeg import decode_jpeg
from animstudio.media.probe import FilmProbe, probe

from ..media.drawn import CONTAINERS, draw, number_of
from .stages.played import Player


@pytest.fixture(scope="module", params=["mp4-open", "ts-open", "avi-h264", "mpg", "mp4-refresh"])
def film(request, tmp_path_factory: pytest.TempPathFactory) -> tuple[FilmProbe, Measures]:
    how = CONTAINERS[request.param]
    facts = probe(draw(tmp_path_factory.mktemp("film") / f"a{how.suffix}", how))
    plan = SurveyPlan(ShotSpec(), FrameSpec(), CompositionSpec())
    return facts, survey_span(facts, WHOLE, plan, None)[0]


def wanted(measures: Measures, frames: list[int]) -> list[Wanted]:
    choices = [Choice(1, n, frame, int(measures.pts[frame])) for n, frame in enumerate(frames, 1)]
    return wanted_pictures(measures, choices, {1: Bars()})


def numbers(folder: Path) -> dict[int, int]:
    """Return the frame number in each name, and the one in the picture."""
    return {
        int(re.findall(r"_frame(\d+)_", path.name)[0]): number_of(decode_jpeg(path.read_bytes()))
        for path in folder.glob("*.jpg")
    }


FRAMES = [0, 5, 22, 23, 24, 25, 26, 40, 70, 71]


def test_fetched_pictures_are_the_ones_they_say(film, tmp_path: Path):
    facts, measures = film
    again = gather_pictures(facts, wanted(measures, FRAMES), [], FrameSpec(), tmp_path)
    assert again == len(FRAMES)
    assert numbers(tmp_path) == {n: n for n in FRAMES}


def test_a_seek_that_lies_is_found_out(film, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Pictures of the right time and the wrong content are not taken."""
    facts, measures = film

    def lying(facts, times, *, threads):
        for picture in refind.pictures_of_span(facts, [t + step for t in times], WHOLE):
            yield replace(picture, pts=picture.pts - step)

    step = int(measures.pts[1] - measures.pts[0])
    monkeypatch.setattr(pictures, "find_pictures", lying)
    gather_pictures(facts, wanted(measures, [7, 30]), [], FrameSpec(), tmp_path)
    assert numbers(tmp_path) == {7: 7, 30: 30}


def test_a_frame_that_is_gone_is_named(film, tmp_path: Path):
    facts, measures = film
    gone = wanted(measures, [9])[0]
    gone = replace(gone, choice=replace(gone.choice, pts=int(measures.pts[-1]) + 1))
    with pytest.raises(UnreadableFilm, match="frame 9 was decoded once and cannot be found again"):
        gather_pictures(facts, [gone], [], FrameSpec(), tmp_path)


@pytest.mark.parametrize("name", ["mp4", "ts-open", "mkv-late", "avi-h264"])
def test_films_in_spans_have_the_same_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    """Measured in three spans or in one, in any order: the same measures, the right pictures."""
    path = draw(tmp_path / f"a{CONTAINERS[name].suffix}", CONTAINERS[name])
    whole = surveyed(Player(path, tmp_path / "whole", "whole"), spans=1)
    monkeypatch.setattr(films, "SPAN", Fraction(1, 2))
    split = surveyed(Player(path, tmp_path / "split", "split"), spans=3)
    assert (split.pts == whole.pts).all()
    assert split.luma.tolist() == pytest.approx(whole.luma.tolist())
    assert split.sharpness.tolist() == pytest.approx(whole.sharpness.tolist())
    for kind in ("whole", "split"):
        folder = tmp_path / kind / "frames" / kind
        found = numbers(folder)
        assert len(found) > 5
        assert all(named == read for named, read in found.items())
        for line in (folder / "frames.jsonl").read_text().splitlines():
            record = json.loads(line)
            assert record["pts"] == whole.pts[record["frame"]]
            assert record["seconds"] == pytest.approx(record["frame"] / 24, abs=0.001)


def surveyed(player: Player, spans: int) -> Measures:
    """Open and measure a film, its spans from the last to the first, and take its pictures."""
    opened = player.opened()
    assert len(opened.spans) == spans
    choice = FrameSpec(mode="hybrid", every_frames=7)
    spec = player.chosen(opened, player.measured(opened, -1, frames=choice), choice)
    player.all_of(frames, spec)
    return spec.load()
