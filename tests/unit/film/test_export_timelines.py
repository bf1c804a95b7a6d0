from fractions import Fraction
from pathlib import PurePosixPath

import opentimelineio as oti
import pytest

from animstudio.film.export.edl import edl, reel_name
from animstudio.film.export.otio import otio
from animstudio.film.export.spec import ExportSpec
from animstudio.film.shot import Shot, Transition
from animstudio.kernel.errors import AskedWrongly, WorkFailed

from .film_facts import measures, shots

needs_edl_reader = pytest.mark.skipif(
    "cmx_3600" not in oti.adapters.available_adapter_names(),
    reason="no EDL reader: pip install otio-cmx3600-adapter",
)
RATES = ["24", "24000/1001", "25", "30000/1001", "30", "60000/1001", "60"]


def read_edl(text: str, rate: Fraction | int) -> oti.schema.Timeline:
    return oti.adapters.read_from_string(text, "cmx_3600", rate=float(rate))


def ranges(track: oti.schema.Track) -> list[tuple[float, float]]:
    """Start and exclusive end, in frames, of every clip's source."""
    found = [clip.source_range for clip in track if isinstance(clip, oti.schema.Clip)]
    return [(r.start_time.value, r.end_time_exclusive().value) for r in found]


@needs_edl_reader
@pytest.mark.parametrize("rate", RATES)
def test_edl_reads_back_with_the_same_ranges(rate):
    text = edl(shots(100, 250, 260), measures(260, rate=Fraction(rate)), title="T", file="a.mp4")
    timeline = read_edl(text, Fraction(rate))
    assert timeline.name == "T"
    track = timeline.video_tracks()[0]
    assert ranges(track) == [(0, 100), (100, 250), (250, 260)]
    assert {clip.name for clip in track} == {"a.mp4"}
    assert [track.range_of_child(clip).start_time.value for clip in track] == [0, 100, 250]


@needs_edl_reader
def test_a_dissolve_is_a_d_event_from_where_it_begins():
    text = edl(
        shots(100, 200, dissolves={100: 20}), measures(200), title="T", file="My Film (1).mkv"
    )
    lines = text.splitlines()
    assert lines[1] == "FCM: NON-DROP FRAME"
    assert lines[3] == (
        "001  MYFILM1  V     C        00:00:00:00 00:00:03:18 00:00:00:00 00:00:03:18"
    )
    assert "002  MYFILM1  V     D    020 00:00:03:18 00:00:08:08 00:00:03:18 00:00:08:08" in lines
    track = read_edl(text, 24).video_tracks()[0]
    mix = track[1]
    assert mix.transition_type == oti.schema.TransitionTypes.SMPTE_Dissolve
    assert mix.out_offset.value == 20
    assert ranges(track) == [(0, 90), (90, 200)]


@needs_edl_reader
def test_drop_frame_numbers_are_written_and_read():
    rate = Fraction(30000, 1001)
    text = edl(
        shots(1800, 1900),
        measures(1900, rate=rate),
        title="T",
        file="a.ts",
        spec=ExportSpec(drop_frame=True),
    )
    assert "FCM: DROP FRAME" in text
    assert "00:01:00;02" in text
    assert ranges(read_edl(text, rate).video_tracks()[0]) == [(0, 1800), (1800, 1900)]


def test_drop_frame_is_refused_at_24():
    with pytest.raises(AskedWrongly, match="drop-frame"):
        edl(shots(9), measures(9), title="T", file="a", spec=ExportSpec(drop_frame=True))


def test_edl_refuses_a_rate_without_timecode_and_otio_keeps_it():
    film = measures(40, rate=Fraction("17.3"), time_base=Fraction(1, 90_000))
    with pytest.raises(WorkFailed, match="timecode"):
        edl(shots(40), film, title="T", file="a.gif")
    text = otio(shots(20, 40), film, title="T", media=PurePosixPath("a.gif"))
    track = oti.adapters.read_from_string(text, "otio_json").video_tracks()[0]
    assert ranges(track) == [(0, 20), (20, 40)]
    assert track[0].source_range.duration.rate == pytest.approx(17.3)


@needs_edl_reader
def test_media_with_its_own_timecode_begins_there():
    spec = ExportSpec(media_start="01:00:00:00")
    film = measures(48, start=33_000)  # the container's clock does not begin at zero either
    hour = 24 * 3600
    track = read_edl(edl(shots(24, 48), film, title="T", file="a.mov", spec=spec), 24)
    assert ranges(track.video_tracks()[0]) == [(hour, hour + 24), (hour + 24, hour + 48)]
    text = otio(shots(24, 48), film, title="T", media=PurePosixPath("/f/a.mov"), spec=spec)
    timeline = oti.adapters.read_from_string(text, "otio_json")
    assert timeline.global_start_time.value == hour
    clip = timeline.video_tracks()[0][0]
    assert clip.source_range.start_time.value == hour
    available = clip.media_reference.available_range
    assert (available.start_time.value, available.duration.value) == (hour, 48)


@needs_edl_reader
def test_a_film_longer_than_999_shots_is_one_list():
    ends = range(30, 30 * 1200 + 1, 30)
    text = edl(shots(*ends), measures(36_000), title="T", file="a.mp4")
    assert len(list(read_edl(text, 24).video_tracks()[0])) == 1200


def test_otio_reads_back_with_dissolves_markers_and_sound():
    mix = Transition("fade", 90, 112)
    found = [
        Shot(1, 0, 101, Transition("fade_in", 0, 12), mix),
        Shot(2, 101, 200, mix, Transition("fade_out", 190, 200)),
    ]
    text = otio(
        found,
        measures(200, rate=Fraction(24000, 1001)),
        title="夏",
        media=PurePosixPath("/films/夏 1.mkv"),
        sound=True,
        remarks={2: "pan left"},
    )
    timeline = oti.adapters.read_from_string(text, "otio_json")
    assert timeline.name == "夏"
    video, audio = timeline.video_tracks()[0], timeline.audio_tracks()[0]
    assert ranges(video) == ranges(audio) == [(0, 101), (101, 200)]
    transition = video[1]
    assert transition.transition_type == "SMPTE_Dissolve"
    assert (transition.in_offset.value, transition.out_offset.value) == (11, 11)
    assert transition.metadata["animstudio"]["kind"] == "fade"
    assert [m.name for clip in video.find_clips() for m in clip.markers] == [
        "fade in",
        "fade out",
        "pan left",
    ]
    reference = video[0].media_reference
    assert oti.url_utils.filepath_from_url(reference.target_url) == "/films/夏 1.mkv"
    assert reference.available_range.duration.value == 200
    # Trimmed and transitioned ranges stay inside the media: no editor reports missing handles.
    for clip in video.find_clips():
        available, wanted = clip.available_range(), video.trimmed_range_of_child(clip)
        assert available.duration >= wanted.duration


def test_a_relative_film_stays_relative():
    text = otio(shots(9), measures(9), title="T", media=PurePosixPath("../my films/a#1.mp4"))
    assert '"../my%20films/a%231.mp4"' in text


@pytest.mark.parametrize(
    ("file", "reel"),
    [("big_buck_bunny.webm", "BIGBUCKB"), ("夏.mkv", "AX"), ("dir/e1.mp4", "E1"), (".mp4", "MP4")],
)
def test_reel_names_are_eight_plain_characters(file, reel):
    assert reel_name(file) == reel


def test_a_name_with_line_breaks_cannot_add_events():
    text = edl(
        shots(9),
        measures(9),
        title="T\n001 X",
        file="a\r\n002  B  V  C.mp4",
        remarks={1: "pan\nleft"},
    )
    assert len(text.splitlines()) == 6
    assert "* COMMENT: SHOT 1, pan left" in text
