"""Subtitles that lie inside a film become passages with their time code and scene."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import av
import pytest

from animstudio.cli import app
from animstudio.cli.outcome import run_command

from .film_runs import BASE, LONG_AGO, Desk, make_film

SRT = """1
00:00:00,200 --> 00:00:00,900
Silenzio, Bruno!

2
00:00:01,100 --> 00:00:01,900
Giulia, hand me the wrench.
"""
DRAWN = "1\n00:00:00,200 --> 00:00:00,900\n{\\an8}\n"
"""A cue that only says where nothing is shown."""


def muxed(film: Path, place: Path, *texts: str) -> Path:
    """Write a film anew with subtitle tracks inside."""
    path = place.with_suffix(".mkv")
    path.parent.mkdir(parents=True, exist_ok=True)
    files = []
    for number, text in enumerate(texts):
        files.append(film.with_name(f"{number}.srt"))
        files[-1].write_text(text, encoding="utf-8")
    with av.open(str(path), "w") as out:
        given = [av.open(str(each)) for each in (film, *files)]
        streams = [out.add_stream_from_template(each.streams[0]) for each in given]
        for stream in streams[1:]:
            stream.metadata["language"] = "ita"
        for source, stream in zip(given, streams, strict=True):
            for packet in source.demux(source.streams[0]):
                if packet.dts is not None or (packet.pts is not None and packet.size):
                    packet.stream = stream
                    out.mux(packet)
            source.close()
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    film = make_film(tmp_path / "made" / "one.mp4", seed=1)
    muxed(film, tmp_path / "films" / "one", SRT, DRAWN)
    return Desk(tmp_path / "films", tmp_path / "out", capsys)


def summary(desk: Desk) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((desk.out / "rag_summary.json").read_text("utf-8"))
    return found


def asked(desk: Desk, *words: str) -> list[dict[str, Any]]:
    code = run_command(app, ["kb", "query", *words, "--kb-dir", str(desk.out / BASE), "--json"])
    told = desk.capsys.readouterr()
    assert code == 0, told.err
    found: list[dict[str, Any]] = json.loads(told.out)
    return found


def test_what_is_said_in_the_film_is_cited_by_time_and_scene(desk: Desk) -> None:
    assert desk.run().code == 0
    said = "subtitles/one.track1.ita.srt"
    best = asked(desk, '"hand me the wrench"')[0]["citation"]
    assert (best["path"], best["begin"], best["stop"]) == (said, 0.2, 1.9)
    assert (best["scene"], best["last_scene"]) == (1, 2)
    found = asked(desk, "wrench", "--where", "scene=2", "doc_type=subtitles")
    assert [hit["citation"]["path"] for hit in found] == [said]
    over = {each["file"]: each["reason"] for each in summary(desk)["passed_over"]}
    film = desk.films / "one.mkv"
    assert over == {f"{film}, subtitle track 2": "not one line of it can be read"}
    entries = json.loads((desk.out / "rag/documents/manifest.json").read_text("utf-8"))
    origins = {each["path"]: each["origin"] for each in entries["documents"]}
    assert origins[said] == f"{film}, subtitle track 1"
    assert "nothing changed" in desk.run().said


def test_a_film_that_is_gone_costs_only_what_is_inside(desk: Desk) -> None:
    assert desk.run(verb="prepare").code == desk.run(verb="analyze").code == 0
    (desk.films / "one.mkv").rename(desk.out.parent / "away.mkv")
    assert desk.run(verb="rag").code == 0
    told = summary(desk)
    assert told["completed"] and told["documents"] == {"analysis": 4, "film": 1}
    assert [each["file"] for each in told["passed_over"]] == [
        f"{desk.films / 'one.mkv'}, what is inside"
    ]
