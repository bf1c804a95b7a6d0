"""Subtitle tracks inside films: real containers, written from subtitle files."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from animstudio.kernel.errors import UnreadableFilm
from animstudio.knowledge.documents import read_document
from animstudio.knowledge.gather import Piece
from animstudio.knowledge.inside import subtitles_inside
from animstudio.media.probe import probe
from animstudio.media.subtitles import TimedText, as_srt, read_subtitles

SRT = """1
00:00:00,200 --> 00:00:00,900
<i>Silenzio, Bruno!</i>

2
00:00:01,100 --> 00:00:01,900
Giulia, hand me
the wrench.
"""
ASS = r"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname
Style: Default,Arial

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.50,0:00:01.00,Default,Alberto,0,0,0,,{\i1}Take me, {\i0}gravity!\NNow, 3, 4
"""


def film_with(place: Path, ending: str, texts: dict[str, tuple[str, str]]) -> Path:
    """Write a film of two seconds with subtitle tracks: name of the file, its text, language."""
    path = place / f"film.{ending}"
    with av.open(str(path), "w") as out:
        pictures = out.add_stream("mpeg4", rate=10)
        pictures.width = pictures.height = 64
        pictures.pix_fmt = "yuv420p"
        inputs = []
        for name, (text, language) in texts.items():
            (place / name).write_text(text, encoding="utf-8")
            given = av.open(str(place / name))
            stream = out.add_stream_from_template(given.streams.subtitles[0])
            stream.metadata["language"] = language
            inputs.append((given, stream))
        for number in range(20):
            picture = np.full((64, 64, 3), number * 10, np.uint8)
            out.mux(pictures.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        out.mux(pictures.encode(None))
        for given, stream in inputs:
            for packet in given.demux():
                if packet.pts is not None:
                    packet.stream = stream
                    out.mux(packet)
            given.close()
    return path


def test_words_and_times_of_every_track(tmp_path: Path) -> None:
    texts = {"a.srt": (SRT, "eng"), "b.ass": (ASS, "ita")}
    found = read_subtitles(film_with(tmp_path, "mkv", texts))
    assert [(each.track.number, each.track.language) for each in found] == [(0, "eng"), (1, "ita")]
    assert found[0].cues == (
        TimedText(0.2, 0.9, "Silenzio, Bruno!"),
        TimedText(1.1, 1.9, "Giulia, hand me\nthe wrench."),
    )
    assert found[1].cues == (TimedText(0.5, 1.0, "Take me, gravity!\nNow, 3, 4", "Alberto"),)


def inside(film: Path) -> tuple[list[Piece], dict[str, str]]:
    """A film's own subtitles as documents, and what was passed over."""
    passed: dict[str, str] = {}
    tracks = probe(film).subtitles
    pieces = subtitles_inside("luca", film, tracks, passed_over=passed.__setitem__)
    return list(pieces), passed


def test_a_track_becomes_a_document_with_time_codes(tmp_path: Path) -> None:
    texts = {"a.srt": (SRT, "eng"), "b.ass": (ASS, "und")}
    pieces, passed = inside(film_with(tmp_path, "mkv", texts))
    names = ["subtitles/luca.track1.eng.srt", "subtitles/luca.track2.srt"]
    assert [piece.path for piece in pieces] == names and not passed
    assert pieces[0].origin.endswith("film.mkv, subtitle track 1")
    file = tmp_path / "read.srt"
    file.write_text(str(pieces[1].source), encoding="utf-8")
    block = read_document(file, tmp_path).blocks[0]
    assert (block.begin, block.stop, block.character) == (0.5, 1.0, "Alberto")


def test_a_track_without_words_is_named(tmp_path: Path) -> None:
    empty = "1\n00:00:00,200 --> 00:00:00,900\n{\\an8}\n"
    film = film_with(tmp_path, "mkv", {"a.srt": (SRT, "eng"), "b.srt": (empty, "ita")})
    pieces, passed = inside(film)
    assert [piece.path for piece in pieces] == ["subtitles/luca.track1.eng.srt"]
    assert passed == {f"{film}, subtitle track 2": "not one line of it can be read"}
    tracks = probe(film).subtitles
    film.write_text("a film no more")
    gone: dict[str, str] = {}
    assert not list(subtitles_inside("luca", film, tracks, passed_over=gone.__setitem__))
    assert list(gone) == [f"{film}, its subtitle tracks"]
    assert not list(subtitles_inside("luca", film, (), passed_over=gone.__setitem__))


def test_a_film_without_tracks_has_none_and_other_files_are_refused(tmp_path: Path) -> None:
    assert read_subtitles(film_with(tmp_path, "mp4", {})) == []
    (tmp_path / "notes.mp4").write_text("no film")
    with pytest.raises(UnreadableFilm):
        read_subtitles(tmp_path / "notes.mp4")


def test_a_film_that_was_cut_off_gives_what_is_there(tmp_path: Path) -> None:
    film = film_with(tmp_path, "mkv", {"a.srt": (SRT, "eng")})
    whole = film.read_bytes()
    for share in (0.3, 0.7, 0.95):
        film.write_bytes(whole[: int(len(whole) * share)])
        for each in read_subtitles(film):
            assert set(each.cues) <= {
                TimedText(0.2, 0.9, "Silenzio, Bruno!"),
                TimedText(1.1, 1.9, "Giulia, hand me\nthe wrench."),
            }


def test_hours_are_written_as_subrip_has_them() -> None:
    written = as_srt([TimedText(3723.4565, 3724.0, "Ciao", "Luca")])
    assert written == "1\n01:02:03,456 --> 01:02:04,000\n[Luca]: Ciao\n"
