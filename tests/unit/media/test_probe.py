from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest

from animstudio.kernel.errors import AskedWrongly, UnreadableFilm
from animstudio.media.geometry import Geometry
from animstudio.media.probe import first_picture_time, probe

from .films import Track, Video, tone, write


def test_the_facts_of_a_plain_film(tmp_path: Path):
    film = write(
        tmp_path / "海.mkv", sound=[Track([(0, tone(1))], language="ita")], title="Il mare"
    )
    facts = probe(film)
    assert (facts.path, facts.title, facts.codec) == (film, "Il mare", "h264")
    assert "matroska" in facts.container
    assert (facts.width, facts.height, facts.display_size) == (64, 48, (64, 48))
    assert (facts.rate, facts.start, facts.rotation, facts.pixel_aspect) == (24, 0, 0, 1)
    assert (facts.pixel_format, facts.bits, facts.transfer) == ("yuv420p", 8, "sdr")
    assert facts.duration == pytest.approx(1, abs=0.05)
    assert not facts.interlaced and not facts.full_range
    (track,) = facts.sound
    assert (track.number, track.codec, track.channels, track.rate) == (0, "pcm_s16le", 1, 48_000)
    assert (track.language, track.default) == ("ita", True)
    assert facts.subtitles == ()


def test_an_mp4_counts_its_frames_and_a_matroska_does_not(tmp_path: Path):
    assert probe(write(tmp_path / "film.mp4", Video(frames=7))).frame_count == 7
    assert probe(write(tmp_path / "film.mkv", Video(frames=7))).frame_count is None


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.avi", "a.ts", "a.flv"])
def test_one_picture_is_a_film(tmp_path: Path, name: str):
    facts = probe(write(tmp_path / name, Video(frames=1)))
    assert (facts.width, facts.height) == (64, 48)
    assert facts.rate > 0 and facts.time_base > 0


def test_a_gif_is_a_film(tmp_path: Path):
    video = Video(codec="gif", pixel_format="rgb8", rate=10)
    assert probe(write(tmp_path / "a.gif", video)).rate == 10


@pytest.mark.parametrize(("turned", "clockwise"), [(90, 270), (180, 180), (-90, 90), (0, 0)])
def test_rotation_is_how_to_turn_it_clockwise(tmp_path: Path, turned: int, clockwise: int):
    """A telephone held upright writes FFmpeg's -90: the picture is to be turned by 90."""
    facts = probe(write(tmp_path / "film.mp4", Video(rotation=turned)))
    assert facts.rotation == clockwise
    assert facts.display_size == ((48, 64) if clockwise in (90, 270) else (64, 48))


def test_pixels_that_are_not_square(tmp_path: Path):
    facts = probe(write(tmp_path / "wide.mkv", Video(aspect=Fraction(16, 11))))
    assert facts.pixel_aspect == Fraction(16, 11)
    assert facts.display_size == (93, 48)
    tall = probe(write(tmp_path / "tall.mp4", Video(aspect=Fraction(1, 2), rotation=90)))
    assert tall.display_size == (96, 64)


@pytest.mark.parametrize("rotation", [0, 90])
@pytest.mark.parametrize("aspect", [Fraction(16, 11), Fraction(8, 9)])
def test_the_display_size_is_the_geometry_s(tmp_path: Path, rotation: int, aspect: Fraction):
    facts = probe(write(tmp_path / "film.mp4", Video(aspect=aspect, rotation=rotation)))
    assert facts.display_size == Geometry.of(facts).display_size


def test_ten_bits(tmp_path: Path):
    facts = probe(write(tmp_path / "deep.mkv", Video(pixel_format="yuv420p10le")))
    assert (facts.bits, facts.pixel_format) == (10, "yuv420p10le")


@pytest.mark.parametrize(
    ("number", "name", "transfer"), [(16, "smpte2084", "pq"), (18, "arib-std-b67", "hlg")]
)
def test_high_dynamic_range(tmp_path: Path, number: int, name: str, transfer: str):
    x264 = {"x264-params": f"transfer={name}:colorprim=bt2020:colormatrix=bt2020nc"}
    video = Video(pixel_format="yuv420p10le", options=x264)
    facts = probe(write(tmp_path / "hdr.mkv", video))
    assert (facts.transfer, facts.colour_space) == (transfer, 9)


def test_full_range(tmp_path: Path):
    assert probe(write(tmp_path / "a.mkv", Video(pixel_format="yuvj420p"))).full_range


def test_fields(tmp_path: Path):
    video = Video(options={"x264-params": "tff=1"}, size=(64, 64))
    assert probe(write(tmp_path / "a.mkv", video)).interlaced


def test_cover_art_is_not_the_film(tmp_path: Path):
    import av

    film = write(tmp_path / "film.mp4", cover=True)
    with av.open(str(film)) as container:
        assert len(container.streams.video) == 2
    facts = probe(film)
    assert (facts.codec, facts.width) == ("h264", 64)


def test_a_film_that_starts_late(tmp_path: Path):
    film = write(tmp_path / "late.ts", Video(start=10, codec="mpeg2video"))
    facts = probe(film)
    assert facts.start > 9
    assert facts.start == first_picture_time(film)


def test_all_tracks_are_listed(tmp_path: Path):
    tracks = [
        Track([(0, tone(0.5))], language="jpn", default=False),
        Track([(0, tone(0.5).repeat(2, axis=0))], layout="stereo", codec="flac", language="eng"),
    ]
    first, second = probe(write(tmp_path / "two.mkv", sound=tracks)).sound
    assert (first.language, first.default, first.layout) == ("jpn", False, "mono")
    assert (second.number, second.codec, second.channels, second.default) == (1, "flac", 2, True)


def refused(path: Path, kind: type[Exception] = UnreadableFilm) -> str:
    with pytest.raises(kind) as caught:
        probe(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_text_called_a_film(tmp_path: Path):
    for name, text in (("a.mp4", "Dear diary,\n" * 500), ("b.mkv", "海の" * 2_000)):
        (tmp_path / name).write_text(text)
        assert "a text file, not a film" in refused(tmp_path / name)


def test_an_empty_file(tmp_path: Path):
    (tmp_path / "a.mp4").touch()
    assert "the file is empty" in refused(tmp_path / "a.mp4")


def test_a_download_that_never_finished(tmp_path: Path):
    (tmp_path / "a.mp4").write_bytes(bytes(100_000))
    assert "begins with zeros" in refused(tmp_path / "a.mp4")


def test_noise(tmp_path: Path):
    (tmp_path / "a.avi").write_bytes(bytes(range(1, 256)) * 40)
    assert "not a film in any format we know" in refused(tmp_path / "a.avi")


def test_an_mp4_without_its_end(tmp_path: Path):
    film = write(tmp_path / "cut.mp4", Video(frames=48))
    film.write_bytes(film.read_bytes()[:-700])
    assert "cut off" in refused(film)


def test_a_folder_and_nothing(tmp_path: Path):
    (tmp_path / "folder.mp4").mkdir()
    assert "a folder, not a film" in refused(tmp_path / "folder.mp4", AskedWrongly)
    assert "no such file" in refused(tmp_path / "none.mp4", AskedWrongly)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path):
    film = write(tmp_path / "film.mp4")
    film.chmod(0)
    assert "no permission" in refused(film)


def test_a_refused_opening_is_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from animstudio.media.refusal import refusal

    def refuse(*arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert "no permission" in str(refusal(tmp_path / "film.mp4"))


def test_sound_alone_is_no_film(tmp_path: Path):
    film = write(tmp_path / "radio.mkv", None, [Track([(0, tone(0.5))])])
    assert "there is sound in it, but no film" in refused(film)
    assert first_picture_time(film) is None


def test_sound_with_a_cover_is_no_film(tmp_path: Path):
    song = Track([(0, tone(0.5))], codec="aac", format="fltp")
    film = write(tmp_path / "song.mp4", None, [song], cover=True)
    assert "cover art" in refused(film)


def test_pictures_that_do_not_decode(tmp_path: Path):
    film = write(tmp_path / "torn.mp4", Video(frames=4), options={"movflags": "faststart"})
    data = bytearray(film.read_bytes())
    start = data.find(b"mdat") + 4
    data[start:] = bytes(len(data) - start)
    film.write_bytes(data)
    assert "not one picture of its video (h264) can be decoded" in refused(film)
