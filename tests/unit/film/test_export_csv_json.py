import csv
import io
import json
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenedetect.common import FrameTimecode, Timecode
from scenedetect.output import write_scene_list

from animstudio.film.export.scenes_csv import scenes_csv
from animstudio.film.export.scenes_json import scenes_json
from animstudio.film.export.spec import ExportSpec
from animstudio.film.measures import Measures
from animstudio.film.shot import Shot, Transition

from .film_facts import measures, shots


def pyscenedetect_csv(found: list[Shot], film: Measures, *, cut_row: bool = True) -> str:
    """What PySceneDetect writes for the same cuts, its times counted by its own classes."""
    ticks = (
        int(film.pts[1] - film.pts[0]) if len(film) > 1 else round(1 / film.rate / film.time_base)
    )

    def at(frame: int) -> FrameTimecode:
        return FrameTimecode(Timecode(frame * ticks, film.time_base), film.rate)

    text = io.StringIO(newline="")
    scenes = [(at(shot.start), at(shot.end)) for shot in found]
    write_scene_list(text, scenes, include_cut_list=cut_row, cut_list=[s for s, _ in scenes[1:]])
    return text.getvalue()


LONG = 20_000


@cache
def long_film(rate: Fraction) -> Measures:
    return measures(LONG, rate=rate)


@pytest.mark.parametrize("rate", ["24", "25", "30000/1001", "24000/1001", "60"])
@given(cuts=st.sets(st.integers(1, LONG - 1), max_size=12), cut_row=st.booleans())
@settings(deadline=None, max_examples=40)
def test_csv_is_what_pyscenedetect_writes_for_the_same_cuts(rate, cuts, cut_row):
    film = long_film(Fraction(rate))
    found = shots(*sorted(cuts), LONG)
    ours = scenes_csv(found, film, spec=ExportSpec(cut_row=cut_row))
    assert ours == pyscenedetect_csv(found, film, cut_row=cut_row)


def test_csv_counts_times_from_the_first_frame_and_frames_from_one():
    film = measures(48, start=126_000)
    rows = list(csv.DictReader(scenes_csv(shots(24, 48), film).splitlines()[1:]))
    assert [row["Start Frame"] for row in rows] == ["1", "25"]
    assert [row["End Frame"] for row in rows] == ["24", "48"]
    assert [row["Start Time (seconds)"] for row in rows] == ["0.000", "1.000"]


def test_a_film_of_variable_rate_has_the_times_of_its_frames():
    ticks = [0, 40, 80, 500, 540, 900]
    film = measures(6, rate=5, time_base=Fraction(1, 1000), pts=ticks)
    rows = list(csv.DictReader(scenes_csv(shots(3, 6), film).splitlines()[1:]))
    assert [row["Start Timecode"] for row in rows] == ["00:00:00.000", "00:00:00.500"]
    assert rows[1]["End Timecode"] == "00:00:00.940"


def test_json_holds_exact_times_and_both_sides_of_a_dissolve():
    film = measures(72, start=24_000)
    mix = Transition("dissolve", 30, 42)
    found = [Shot(1, 0, 36, Transition("fade_in", 0, 6), mix), Shot(2, 36, 72, mix, None)]
    text = scenes_json(found, film, film="夏", file="夏 1.mkv", detector="adaptive")
    assert "夏 1.mkv" in text
    record = json.loads(text)
    assert record["rate"] == "24" and record["time_base"] == "1/24000"
    assert record["frames"] == 72 and record["duration"] == 3.0 and record["start_time"] == 1.0
    first, second = record["scenes"]
    assert (first["start_frame"], first["end_frame"]) == (0, 36)
    assert (first["clean_start"], first["clean_end"]) == (6, 30)
    assert first["opening"]["kind"] == "fade_in"
    assert first["closing"] == second["opening"]
    assert second["opening"]["start_seconds"] == 1.25
    assert second["start_seconds"] == 1.5 and second["start_timecode"] == "00:00:01.500"
    assert second["start_pts"] == 60_000
    assert second["closing"] is None


def test_one_frame_is_a_film():
    film = measures(1)
    record = json.loads(scenes_json(shots(1), film, film="a", file="a.gif", detector="adaptive"))
    assert record["scenes"][0]["end_seconds"] == pytest.approx(1 / 24, abs=1e-6)
    assert scenes_csv(shots(1), film).startswith("\nScene Number,")
