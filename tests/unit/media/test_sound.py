from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from animstudio.kernel.errors import AskedWrongly, UnreadableFilm, WorkFailed
from animstudio.media.samples import Resampler, mono, to_16_bits
from animstudio.media.sound import SoundStream, open_sound

from .films import Track, Video, tone, write


def heard(path: Path, track: int | None = None, zero: Fraction | None = None):
    """Return the whole sound (channels, n) and the spent stream."""
    with open_sound(path, track, zero) as stream:
        assert stream is not None
        blocks = list(stream.blocks())
        return np.concatenate(blocks, axis=1), stream


def loud(sound: NDArray[np.float32], stream: SoundStream) -> tuple[float, float]:
    """Return where the sound is first and last louder than a tenth, in seconds."""
    places = np.flatnonzero(np.abs(sound).max(axis=0) > 0.1)
    return places[0] / stream.rate, places[-1] / stream.rate


def test_a_film_without_sound_gives_none(tmp_path: Path):
    with open_sound(write(tmp_path / "silent.mp4")) as stream:
        assert stream is None


def test_sound_and_picture_from_zero(tmp_path: Path):
    film = write(tmp_path / "film.mkv", sound=[Track([(0, tone(1))])])
    sound, stream = heard(film)
    assert sound.shape == (1, 48_000)
    assert (stream.rate, stream.channels, stream.padded, stream.missing) == (48_000, ("FC",), 0, 0)
    assert np.abs(sound - tone(1)).max() < 1e-4


def test_sound_that_starts_late_is_preceded_by_silence(tmp_path: Path):
    film = write(tmp_path / "late.mkv", sound=[Track([(0.5, tone(0.5))])])
    sound, stream = heard(film)
    assert loud(sound, stream)[0] == pytest.approx(0.5, abs=0.002)
    assert stream.padded == pytest.approx(24_000, abs=48)
    assert stream.missing == 0


def test_sound_before_the_first_picture_is_cut(tmp_path: Path):
    pieces = [(0, tone(0.5, level=0.01)), (0.5, tone(0.5))]
    film = write(tmp_path / "early.mkv", Video(start=0.5), [Track(pieces)])
    sound, stream = heard(film)
    assert sound.shape[1] == pytest.approx(24_000, abs=48)
    assert loud(sound, stream)[0] == pytest.approx(0, abs=0.002)


def test_all_sound_before_the_first_picture_leaves_nothing(tmp_path: Path):
    film = write(tmp_path / "past.mkv", Video(start=2), [Track([(0, tone(1))])])
    with open_sound(film) as stream:
        assert stream is not None
        assert list(stream.blocks()) == []


def test_zero_may_be_given(tmp_path: Path):
    film = write(tmp_path / "film.mkv", sound=[Track([(0, tone(1))])])
    sound, _ = heard(film, zero=Fraction(1, 4))
    assert sound.shape[1] == pytest.approx(36_000, abs=48)


def test_a_transport_stream_starts_wherever_its_clock_does(tmp_path: Path):
    video = Video(start=10, codec="mpeg2video")
    track = Track([(10.5, tone(1))], codec="mp2", layout="mono")
    sound, stream = heard(write(tmp_path / "film.ts", video, [track]))
    assert loud(sound, stream)[0] == pytest.approx(0.5, abs=0.05)


def test_an_encoder_s_priming_is_not_heard(tmp_path: Path):
    """AAC's first frame is padding; a click at half a second stays where it was."""
    click = np.zeros((1, 48_000), np.float32)
    click[0, 24_000:24_200] = 0.9
    film = write(tmp_path / "aac.mp4", sound=[Track([(0, click)], codec="aac", format="fltp")])
    sound, stream = heard(film)
    assert loud(sound, stream)[0] == pytest.approx(0.5, abs=0.003)


def test_holes_are_filled_with_silence_and_counted(tmp_path: Path):
    pieces = [(0, tone(0.5)), (0.75, tone(0.25))]
    sound, stream = heard(write(tmp_path / "hole.mkv", sound=[Track(pieces)]))
    assert sound.shape[1] == pytest.approx(48_000, abs=48)
    assert np.abs(sound[:, 24_600:35_400]).max() == 0
    assert stream.missing == pytest.approx(0.25, abs=0.01)


def test_small_disagreements_of_the_clock_are_no_holes(tmp_path: Path):
    pieces = [(0, tone(0.5)), (0.52, tone(0.5))]
    sound, stream = heard(write(tmp_path / "jitter.mkv", sound=[Track(pieces)]))
    assert sound.shape[1] == 48_000
    assert stream.missing == 0


def joined(path: Path, *starts: float) -> Path:
    """Join transport streams of a second each, as recorders leave them, with their own clocks."""
    parts = []
    for number, start in enumerate(starts):
        track = Track([(start, tone(1, level=0.5 / (1 + 9 * (number % 2))))], codec="mp2")
        part = write(path.with_name(f"{number}.ts"), Video(start, codec="mpeg2video"), [track])
        parts.append(part.read_bytes())
    path.write_bytes(b"".join(parts))
    return path


def test_sound_that_repeats_is_cut(tmp_path: Path):
    sound, stream = heard(joined(tmp_path / "again.ts", 10, 10.5))
    assert sound.shape[1] == pytest.approx(1.5 * 48_000, abs=0.1 * 48_000)
    assert loud(sound, stream)[1] == pytest.approx(1, abs=0.1)
    assert stream.missing == 0


@pytest.mark.parametrize("second", [4, 2000])
def test_a_clock_set_anew_does_not_stop_the_sound(tmp_path: Path, second: float):
    sound, stream = heard(joined(tmp_path / "jump.ts", 10, second))
    assert sound.shape[1] == pytest.approx(2 * 48_000, abs=0.1 * 48_000)
    assert stream.missing == 0


def test_damaged_packets_are_passed_over(tmp_path: Path):
    track = Track([(0, tone(4, 44_100, level=0.3))], 44_100, "mp2")
    film = write(tmp_path / "torn.mpg", Video(codec="mpeg2video", frames=96), [track])
    data = bytearray(film.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 6_000] = bytes(6_000)
    film.write_bytes(data)
    sound, stream = heard(film)
    assert sound.shape[1] == pytest.approx(4 * 44_100, abs=8_000)
    assert 0 < stream.missing < 0.5


def test_a_cut_tail_is_counted_where_the_container_knows_it(tmp_path: Path):
    film = write(
        tmp_path / "cut.mp4",
        Video(frames=96),
        [Track([(0, tone(4))], codec="aac", format="fltp")],
        options={"movflags": "faststart"},
    )
    film.write_bytes(film.read_bytes()[: -film.stat().st_size // 3])
    sound, stream = heard(film)
    lost = 1 - sound.shape[1] / (4 * 48_000)
    assert lost > 0.25
    assert stream.missing == pytest.approx(lost, abs=0.05)


@pytest.mark.parametrize(
    ("name", "codec", "form", "rate"),
    [
        ("a.mkv", "pcm_s16le", "s16", 22_050),
        ("a.mkv", "pcm_u8", "u8", 44_100),
        ("a.mkv", "pcm_s32le", "s32", 96_000),
        ("a.mkv", "pcm_f32le", "flt", 11_025),
        ("a.mkv", "pcm_f64le", "dbl", 48_000),
        ("a.mkv", "flac", "s16", 44_100),
        ("a.mkv", "ac3", "fltp", 44_100),
        ("a.mp4", "libmp3lame", "s16p", 44_100),
        ("a.webm", "libopus", "flt", 48_000),
        ("a.mov", "alac", "s16p", 48_000),
        ("a.avi", "pcm_s16le", "s16", 44_100),
    ],
)
def test_every_form_of_sample(tmp_path: Path, name: str, codec: str, form: str, rate: int):
    two = np.concatenate([tone(1, rate, level=0.5), tone(1, rate, level=0.25)])
    video = Video(codec="libvpx" if name.endswith("webm") else "libx264")
    film = write(tmp_path / name, video, [Track([(0, two)], rate, codec, form, "stereo")])
    sound, stream = heard(film)
    assert (stream.rate, stream.channels) == (rate, ("FL", "FR"))
    middle = sound[:, rate // 4 : rate * 3 // 4]
    assert np.sqrt(2 * (middle**2).mean(axis=1)) == pytest.approx([0.5, 0.25], abs=0.03)


def test_six_channels_keep_their_names(tmp_path: Path):
    six = np.concatenate([tone(0.5, level=level) for level in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)])
    film = write(tmp_path / "surround.mkv", sound=[Track([(0, six)], layout="5.1", codec="flac")])
    sound, stream = heard(film)
    assert stream.channels == ("FL", "FR", "FC", "LFE", "BL", "BR")
    assert np.abs(sound).max(axis=1) == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], abs=0.01)


def test_a_track_that_changes_its_form_keeps_the_first(tmp_path: Path):
    forms = [(48_000, "mono"), (44_100, "stereo")]
    parts = []
    for number, (rate, layout) in enumerate(forms):
        sound = np.repeat(tone(1, rate), 1 + number, axis=0)
        track = Track([(10 + number, sound)], rate, "mp2", layout=layout)
        video = Video(10 + number, codec="mpeg2video")
        parts.append(write(tmp_path / f"{number}.ts", video, [track]).read_bytes())
    film = tmp_path / "both.ts"
    film.write_bytes(b"".join(parts))
    sound, stream = heard(film)
    assert (stream.rate, stream.channels) == (48_000, ("FC",))
    assert sound.shape[1] == pytest.approx(2 * 48_000, abs=0.1 * 48_000)
    second = sound[0, 60_000:90_000]
    assert np.sqrt(2 * (second**2).mean()) == pytest.approx(0.5, abs=0.1)


@pytest.fixture
def three_tracks(tmp_path: Path) -> Path:
    tracks = [
        Track([(0, tone(0.5, level=level))], language=language, default=language == "jpn")
        for level, language in ((0.1, "eng"), (0.2, "jpn"), (0.3, "ita"))
    ]
    return write(tmp_path / "three.mkv", sound=tracks)


def test_the_default_track_is_taken_or_the_one_asked_for(three_tracks: Path):
    sound, stream = heard(three_tracks)
    assert (stream.number, np.abs(sound).max()) == (1, pytest.approx(0.2, abs=0.01))
    sound, stream = heard(three_tracks, 2)
    assert (stream.number, np.abs(sound).max()) == (2, pytest.approx(0.3, abs=0.01))


def test_a_track_that_is_not_there_names_those_that_are(three_tracks: Path):
    with (
        pytest.raises(AskedWrongly, match=r"no sound track 3.*0 \(eng\), 1 \(jpn\), 2 \(ita\)"),
        open_sound(three_tracks, 3),
    ):
        pass


def test_sound_without_a_picture_starts_with_itself(tmp_path: Path):
    film = write(tmp_path / "radio.mkv", None, [Track([(0.25, tone(0.5))])])
    sound, stream = heard(film)
    assert stream.padded == 0
    assert sound.shape[1] == 24_000


def test_text_is_no_sound(tmp_path: Path):
    text = tmp_path / "notes.mp4"
    text.write_text("not a film")
    with pytest.raises(UnreadableFilm), open_sound(text):
        pass


def test_a_track_of_which_nothing_decodes_is_an_error(tmp_path: Path):
    film = write(tmp_path / "torn.avi", Video(), [Track([(0, tone(1))], codec="mp2")])
    data = bytearray(film.read_bytes())
    at = data.find(b"01wb")
    while at >= 0 and at < data.find(b"idx1"):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        data[at + 8 : at + 8 + size] = b"\x55" * size
        at = data.find(b"01wb", at + 8 + size)
    film.write_bytes(data)
    with pytest.raises(WorkFailed, match=r"nothing of sound track 0 \(mp2"), open_sound(film):
        pass


def test_resampling_keeps_time_and_level():
    sound = np.zeros(44_100 * 2, np.float32)
    sound[44_100:44_200] = 0.9
    resampler = Resampler(44_100, 16_000)
    pieces = [resampler.feed(sound[at : at + 10_000]) for at in range(0, len(sound), 10_000)]
    heard_again = np.concatenate([*pieces, resampler.finish()])
    assert len(heard_again) == pytest.approx(32_000, abs=2)
    assert np.flatnonzero(np.abs(heard_again) > 8_000)[0] == pytest.approx(16_000, abs=4)


def test_a_resampler_may_hear_nothing():
    resampler = Resampler(44_100, 16_000)
    assert len(resampler.feed(np.zeros(0, np.float32))) == 0
    assert len(resampler.finish()) == 0


def test_the_downmix_never_clips_and_leaves_the_rumble_out():
    names = ("FL", "FR", "FC", "LFE", "SL", "SR")
    everything = np.ones((6, 4), np.float32)
    assert mono(everything, names) == pytest.approx([1] * 4)
    rumble = np.zeros((6, 4), np.float32)
    rumble[3] = 1
    assert not mono(rumble, names).any()


def test_unknown_channels_count_alike():
    assert mono(np.eye(3, dtype=np.float32), ("LFE", "LFE2", "LFE")) == pytest.approx([1 / 3] * 3)


def test_what_is_too_loud_is_clipped():
    assert to_16_bits(np.array([[2.0, -2.0, 0.5]], np.float32)).tolist() == [
        [32_767],
        [-32_768],
        [16_384],
    ]
