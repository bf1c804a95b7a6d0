"""``animstudio film all`` over the films people have: two real runs over one awkward folder."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest
from numpy.typing import NDArray

from animstudio.media.find import film_names
from animstudio.media.jpeg import decode_jpeg

from ..unit.media.drawn import CONTAINERS, MPEG, X264, Drawn, draw, number_of, numbered
from ..unit.media.films import Track, Video, tone, write

QUICK = {**X264, "preset": "ultrafast"}
NAMES = {
    "with spaces and no digits.MP4": "mp4",
    "open group.mp4": "mp4-open",
    "refresh.mp4": "mp4-refresh",
    "%s%n 100%.mov": "mov",
    "千と千尋の神隠し.mkv": "mkv",
    "-dash.mkv": "mkv-late",
    "B.AVI": "avi-mpeg4",
    "#hash? & co.avi": "avi-h264",
    'it\'s "quoted".webm': "webm",
    "فيلم.ts": "ts",
    "hours.TS": "ts-hours",
    "ts-open.ts": "ts-open",
    "大闹天宫.m2ts": "m2ts",
    "line\nbreak.mpg": "mpg",
    "deep/er/episode_001.flv": "flv",
    "deep/er/a.wmv": "wmv",
    "a.gif": "gif",
}
"""Numbered films, 72 frames each: the file's name, and how it was made."""

STEPS = [1, 3, 2, 9, 1, 1, 20, 4] * 5


@dataclass(frozen=True)
class Run:
    """What a run left, and what it said."""

    code: int
    stdout: str
    stderr: str
    out: Path
    films: Mapping[Path, str]

    def json(self, path: str) -> dict[str, Any]:
        return dict(json.loads((self.out / path).read_text(encoding="utf-8")))

    def facts(self, name: str) -> dict[str, Any]:
        found = {entry["film"]: entry for entry in self.json("dataset_index.json")["films"]}
        return found[name] | {"film": name}

    def pictures(self, name: str) -> list[dict[str, Any]]:
        """Return the lines of ``frames.jsonl`` with each picture's content as "bgr"."""
        folder = self.out / "frames" / name
        lines = (folder / "frames.jsonl").read_text(encoding="utf-8").splitlines()
        records = [json.loads(line) for line in lines]
        assert {record["file"] for record in records} == {p.name for p in folder.glob("*.jpg")}
        return [r | {"bgr": decode_jpeg((folder / r["file"]).read_bytes())} for r in records]


def run(folder: Path, out: Path, *options: str) -> Run:
    done = subprocess.run(
        [sys.executable, "-m", "animstudio", "film", "all", "odd", str(folder), str(out), *options],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    films = film_names(sorted(folder.rglob("*.*")))
    return Run(done.returncode, done.stdout, done.stderr, out, films)


def plain(level: int, count: int = 30) -> list[NDArray[np.uint8]]:
    return [np.full((96, 160, 3), level, np.uint8)] * count


def noisy(count: int) -> list[NDArray[np.uint8]]:
    rng = np.random.default_rng(1)
    pictures = [numbered(number) for number in range(count)]
    for picture in pictures:
        picture[84:] = rng.integers(0, 60, (12, 160, 3), np.uint8)
    return pictures


def write_healthy(folder: Path) -> None:
    """Write films that are odd but whole."""
    (folder / "deep/er").mkdir(parents=True)
    for name, how in NAMES.items():
        draw(folder / name, CONTAINERS[how])
    times = list(accumulate(STEPS, initial=0))
    vfr = Drawn(".mkv", times=times, base=Fraction(1, 24), start=24, options={**QUICK, "g": "8"})
    draw(folder / "vfr.mkv", vfr, len(times))
    draw(folder / "one frame.mp4", Drawn(".mp4"), 1)
    draw(folder / "black.mp4", Drawn(".mp4"), plain(0))
    draw(folder / "held.mp4", Drawn(".mp4"), [numbered(5)] * 30)
    draw(
        folder / "tiny.mp4", Drawn(".mp4"), [np.full((2, 2, 3), 9 * n, np.uint8) for n in range(20)]
    )
    draw(folder / "tall.mkv", Drawn(".mkv", form="yuv444p"),
         [np.full((161, 91, 3), 90 + n, np.uint8) for n in range(20)])  # fmt: skip
    draw(folder / "turned.mp4", Drawn(".mp4", turn=(-90, False, False)), 30)
    draw(
        folder / "wide pixels.mkv", Drawn(".mkv", tags={"sample_aspect_ratio": Fraction(4, 3)}), 30
    )
    hdr = {"color_trc": 16, "color_primaries": 9, "colorspace": 9}
    draw(folder / "hdr.mkv", Drawn(".mkv", codec="ffv1", form="yuv420p10le", options={}, tags=hdr),
         plain(148, 12))  # fmt: skip
    draw(folder / "fields.mpg", Drawn(".mpg", codec="mpeg2video",
         options={**MPEG, "flags": "+ildct+ilme", "b": "3M"}), 24)  # fmt: skip
    sounds = [Track([(0, tone(1))], language="jpn", default=False), Track([(0, tone(1))])]
    write(folder / "two tracks.mkv", Video(frames=24), sounds)
    aac = Track([(0, tone(1))], codec="aac", format="fltp")
    write(folder / "cover.mp4", Video(frames=24), [aac], cover=True)


def write_damaged(folder: Path) -> dict[str, float]:
    """Write films of which a part decodes; return the share that is missing, as good as known."""
    how = Drawn(".mp4", options=QUICK, container={"movflags": "faststart"})
    mp4 = draw(folder / "cut.mp4", how, noisy(192)).read_bytes()
    mkv = draw(
        folder / "torn.mkv", replace(how, suffix=".mkv", container={}), noisy(192)
    ).read_bytes()
    ts = draw(folder / "end.ts", replace(how, suffix=".ts", container={}), noisy(192)).read_bytes()
    (folder / "cut.mp4").write_bytes(mp4[: int(len(mp4) * 0.6)])
    (folder / "torn.mkv").write_bytes(mkv[: int(len(mkv) * 0.6)])
    (folder / "end.ts").write_bytes(ts[: int(len(ts) * 0.6)])
    middle = len(mp4) // 2
    garbage = random.Random(1).randbytes(2048)
    (folder / "garbage.mp4").write_bytes(mp4[:middle] + garbage + mp4[middle + 2048 :])
    return {"cut": 0.4, "torn": 0.4, "end": 0.0}


def write_broken(folder: Path) -> dict[str, str]:
    """Write what is no film; return a part of what has to be said of it."""
    whole = (folder / "open group.mp4").read_bytes()
    (folder / "no index.mp4").write_bytes(whole[: int(len(whole) * 0.6)])
    (folder / "head.mkv").write_bytes(random.Random(2).randbytes(900) + whole[900:])
    (folder / "diary.mp4").write_text("Dear diary,\n" * 50)
    playlist = (
        "#EXTM3U\n#EXTINF:3,\nts-open.ts\n#EXTINF:3,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n"
    )
    (folder / "playlist.mp4").write_text(playlist)
    (folder / "concat.mp4").write_text("ffconcat version 1.0\nfile 'a.gif'\n")
    (folder / "empty.avi").touch()
    (folder / "gone.mp4").symlink_to("nowhere.mp4")
    Path(os.fsdecode(os.fsencode(folder) + b"/bad\xff.mp4")).write_bytes(whole)
    (folder / "a folder.mp4").mkdir()
    said = {
        "no index": "its index", "head": "not a film in any format we know",
        "diary": "a text file", "playlist": "a playlist", "concat": "a playlist",
        "empty": "the file is empty", "gone": "No such file", "bad_": "no valid text",
    }  # fmt: skip
    if os.geteuid() != 0:
        (folder / "locked.mp4").write_bytes(whole)
        (folder / "locked.mp4").chmod(0)
        said["locked"] = "no permission"
    return said


@dataclass(frozen=True)
class Awkward:
    """The folder, what it holds, and two runs over it: the second with other frame options."""

    folder: Path
    missing: dict[str, float]
    broken: dict[str, str]
    first: Run
    second: Run


@pytest.fixture(scope="module")
def awkward(tmp_path_factory: pytest.TempPathFactory) -> Awkward:
    folder, out = tmp_path_factory.mktemp("films"), tmp_path_factory.mktemp("out")
    write_healthy(folder)
    missing, broken = write_damaged(folder), write_broken(folder)
    first = _kept(run(folder, out), tmp_path_factory.mktemp("kept"))
    options = ("--mode", "hybrid", "--every-frames", "11", "--quality", "90")
    return Awkward(folder, missing, broken, first, run(folder, out, *options))


def _kept(first: Run, keep: Path) -> Run:
    """Keep what the first run left: the second changes it."""
    import shutil

    shutil.copytree(first.out, keep, dirs_exist_ok=True)
    return replace(first, out=keep)


@pytest.fixture(params=["first", "second"])
def ran(awkward: Awkward, request) -> Run:
    return getattr(awkward, request.param)


def name_of(awkward: Awkward, ran: Run, file: str) -> str:
    return ran.films[awkward.folder / file]


def test_broken_files_cost_themselves_alone(awkward: Awkward, ran: Run):
    assert ran.code == 1, ran.stderr
    index = ran.json("dataset_index.json")
    said = {entry["film"]: entry["error"] for entry in index["failed"]}
    assert said.keys() == awkward.broken.keys()
    for film, part in awkward.broken.items():
        assert part in said[film]
        assert f"{film}: FAILED: " in ran.stdout
    assert index["completed"] is False
    assert index["total_videos"] == len(index["films"]) + len(said)
    assert "Traceback" not in ran.stdout + ran.stderr


def test_all_others_are_complete(awkward: Awkward, ran: Run):
    index = ran.json("dataset_index.json")
    names = {entry["film"] for entry in index["films"]}
    assert len(names) == len(NAMES) + 12 + len(awkward.missing) + 1
    for name in names:
        assert ran.pictures(name), name
        assert ran.json(f"analysis/scenes/{name}.json")["scenes"]
        assert ran.json(f"analysis/camera/{name}.json")["scenes"]
        assert ran.json(f"analysis/composition/{name}.json")["pictures"]
        timeline = otio.adapters.read_from_file(str(ran.out / f"analysis/scenes/{name}.otio"))
        assert len(timeline.find_clips()) == len(ran.json(f"analysis/scenes/{name}.json")["scenes"])
        with (ran.out / f"analysis/scenes/{name}.csv").open(newline="") as rows:
            assert len(list(csv.reader(rows))) > 1
    page = (ran.out / "report.html").read_text(encoding="utf-8")
    assert "千と千尋の神隠し" in page


def test_every_picture_is_the_frame_it_says(awkward: Awkward, ran: Run):
    for file, how in NAMES.items():
        facts = ran.facts(name_of(awkward, ran, file))
        assert (facts["frames"], facts["missing"], facts["damaged_packets"]) == (72, 0, 0), file
        rate = CONTAINERS[how].rate
        for record in ran.pictures(facts["film"]):
            assert number_of(record["bgr"]) == record["frame"], (file, record["file"])
            assert int(re.findall(r"_frame(\d+)_", record["file"])[0]) == record["frame"]
            assert record["seconds"] == pytest.approx(record["frame"] / rate, abs=0.0011)
            base = Fraction(record["time_base"])
            late = CONTAINERS[how].start / rate
            if how not in ("flv", "mpg", "avi-mpeg4", "avi-h264") and "ts" not in how:
                assert float(record["pts"] * base) == pytest.approx(
                    late + record["seconds"], abs=0.002
                )


def test_times_that_vary_are_kept(ran: Run):
    times = list(accumulate(STEPS, initial=0))
    assert ran.facts("vfr")["missing"] == 0
    pictures = ran.pictures("vfr")
    assert len(pictures) >= 3
    for record in pictures:
        assert number_of(record["bgr"]) == record["frame"]
        assert record["seconds"] == pytest.approx(times[record["frame"]] / 24, abs=0.0011)


def test_other_options_fetch_pictures_again(awkward: Awkward):
    for name in ("mkv", "avi-h264", "mpg", "ts-open"):
        file = next(file for file, how in NAMES.items() if how == name)
        before, after = (
            r.pictures(name_of(awkward, r, file)) for r in (awkward.first, awkward.second)
        )
        assert len(after) > len(before)
        assert {r["frame"] for r in after} - {r["frame"] for r in before}


def test_what_is_missing_is_said(awkward: Awkward, ran: Run):
    for name, share in awkward.missing.items():
        facts = ran.facts(name)
        assert facts["missing"] == pytest.approx(share, abs=0.06), name
        if share:
            said = rf"^{name}: .*; {facts['missing']:.0%} of the film did not decode"
            assert re.search(said, awkward.first.stdout, re.MULTILINE)
        for record in ran.pictures(name):  # frames that are lost are not counted, times stand
            assert number_of(record["bgr"]) == round(record["seconds"] * 24)
    assert ran.facts("garbage")["missing"] < 0.06
    assert ran.facts("garbage")["damaged_packets"] > 0


def test_films_without_a_cut_have_pictures(ran: Run):
    for name in ("black", "held", "one frame", "tiny"):
        assert len(ran.json(f"analysis/scenes/{name}.json")["scenes"]) == 1
        assert len(ran.pictures(name)) >= 1
    assert ran.json("analysis/camera/black.json")["scenes"][0]["kind"] == "static"
    assert len(ran.pictures("held")) == 1


def test_shapes(ran: Run):
    shapes = {"turned": (160, 96), "wide pixels": (96, 213), "tall": (161, 91), "tiny": (2, 2)}
    for name, shape in shapes.items():
        for record in ran.pictures(name):
            assert record["bgr"].shape[:2] == shape == (record["height"], record["width"])
    turned = ran.pictures("turned")[0]
    assert number_of(np.rot90(turned["bgr"])) == turned["frame"]


def test_tones_of_high_dynamic_range(ran: Run):
    """148 of 255 in PQ is 203 cd/m2, white."""
    assert 215 <= ran.pictures("hdr")[0]["bgr"].mean() <= 240


def test_sound_is_there_where_it_is(ran: Run):
    for name in ("two tracks", "cover"):
        assert (ran.out / "audio" / f"{name}_audio.wav").stat().st_size > 30_000
    assert not (ran.out / "audio" / "black_audio.wav").exists()
    assert ran.pictures("cover")[0]["bgr"].shape == (48, 64, 3)


def test_a_folder_without_films(tmp_path: Path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/notes.txt").write_text("nothing")
    done = run(tmp_path / "in", tmp_path / "out")
    assert done.code == 1
    assert "no films there" in done.stderr
