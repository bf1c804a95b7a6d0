from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from animstudio.film import sound as stage
from animstudio.film.sound import Sound, SoundSpec, extract_sound
from animstudio.kernel.errors import AskedWrongly, UnreadableFilm
from animstudio.media.encode import write_film

from .voice import silence, voice


def film_with(path: Path, sound: np.ndarray | None, rate: int = 48_000) -> Path:
    pictures = [np.full((48, 64, 3), 90, np.uint8)] * 12
    write_film(path, pictures, rate=12, sound=sound, sound_rate=rate)
    return path


def tone(seconds: float, rate: int = 48_000, dbfs: float = -23) -> np.ndarray:
    time = np.arange(round(rate * seconds)) / rate
    return (10 ** (dbfs / 20) * np.sin(2 * np.pi * 1000 * time)).astype(np.float32)


def extracted(film: Path, **options: object) -> tuple[Sound, np.ndarray]:
    wav = film.with_suffix(".wav")
    sound = extract_sound(film, wav, SoundSpec(**options))
    assert sound is not None
    with wave.open(str(wav)) as file:
        assert file.getframerate() == sound.rate
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return sound, data.reshape(-1, sound.channels)


def test_a_silent_film_leaves_no_file(tmp_path: Path):
    film = film_with(tmp_path / "film.mp4", None)
    assert extract_sound(film, tmp_path / "film.wav") is None
    assert not (tmp_path / "film.wav").exists()


def test_a_tone_is_measured_and_written(tmp_path: Path):
    film = film_with(tmp_path / "film.mkv", np.stack([tone(4), tone(4)]))
    sound, wav = extracted(film)
    assert (sound.rate, sound.channels, sound.source_rate) == (16_000, 1, 48_000)
    assert sound.source_channels == ("FL", "FR")
    assert sound.seconds == pytest.approx(4, abs=0.05)
    assert sound.loudness_lufs == pytest.approx(-23, abs=0.1)
    assert sound.peak_dbfs == pytest.approx(-23, abs=1)
    assert len(sound.loudness_curve) == pytest.approx(10, abs=1)
    assert sound.speech == () and sound.speech_share == 0
    level = np.sqrt(2 * ((wav[8_000:40_000] / 32_768.0) ** 2).mean())
    assert 20 * np.log10(level) == pytest.approx(-23, abs=0.2)


def test_a_voice_is_found_where_it_is(tmp_path: Path):
    rate = 44_100
    track = np.concatenate([silence(1, rate), voice(2, rate), silence(1.5, rate)])
    sound, _ = extracted(film_with(tmp_path / "film.mp4", track, rate))
    assert sound.speech is not None
    assert len(sound.speech) == 1
    assert sound.speech[0].start == pytest.approx(1, abs=0.1)
    assert sound.speech[0].end == pytest.approx(3, abs=0.15)
    assert sound.speech_share == pytest.approx(2 / 4.5, abs=0.05)


@pytest.mark.parametrize("kind", ["noise", "tone", "silence"])
def test_what_is_no_voice_is_no_speech(tmp_path: Path, kind: str):
    sounds = {
        "noise": np.random.default_rng(1).normal(0, 0.1, 96_000).astype(np.float32),
        "tone": tone(2),
        "silence": silence(2, 48_000),
    }
    sound, _ = extracted(film_with(tmp_path / "film.mkv", sounds[kind]))
    assert sound.speech == ()


def test_the_source_s_own_form_can_be_kept(tmp_path: Path):
    track = np.stack([tone(2, 44_100, -6), tone(2, 44_100, -26)])
    sound, wav = extracted(film_with(tmp_path / "film.mp4", track, 44_100), audio_rate="source")
    assert (sound.rate, sound.channels) == (44_100, 2)
    levels = np.sqrt(2 * ((wav[4_410:80_000] / 32_768.0) ** 2).mean(axis=0))
    assert 20 * np.log10(levels) == pytest.approx([-6, -26], abs=0.3)


def test_another_rate(tmp_path: Path):
    sound, wav = extracted(film_with(tmp_path / "film.mkv", tone(2)), audio_rate=22_050)
    assert (sound.rate, sound.channels) == (22_050, 1)
    assert len(wav) == pytest.approx(44_100, abs=1_500)


def test_speech_is_only_sought_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(stage, "Silero")
    sound, _ = extracted(film_with(tmp_path / "film.mkv", tone(1)), speech=False)
    assert sound.speech is None and sound.speech_share is None
    assert sound.as_record()["speech"] is None


def test_silence_has_no_loudness(tmp_path: Path):
    sound, _ = extracted(film_with(tmp_path / "film.mkv", silence(2, 48_000)))
    assert sound.loudness_lufs is None
    assert set(sound.loudness_curve) == {-70.0}


def test_the_record_is_json(tmp_path: Path):
    track = np.concatenate([silence(0.5), voice(1.5), silence(0.5)])
    sound, _ = extracted(film_with(tmp_path / "film.mkv", track, 16_000))
    record = json.loads(json.dumps(sound.as_record(), allow_nan=False))
    assert record["tracks"][0]["number"] == 0
    assert record["speech"][0].keys() == {"start", "end"}
    assert record["curve_step"] == 0.4
    assert record["speech_share"] == pytest.approx(sound.speech_share, abs=1e-4)


def test_a_track_that_is_not_there_leaves_no_file(tmp_path: Path):
    film = film_with(tmp_path / "film.mkv", tone(1))
    with pytest.raises(AskedWrongly, match="no sound track 4"):
        extract_sound(film, tmp_path / "film.wav", SoundSpec(track=4))
    assert not (tmp_path / "film.wav").exists()


def test_a_failure_on_the_way_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    film = film_with(tmp_path / "film.mkv", tone(1))
    monkeypatch.setattr("animstudio.media.wav.WavWriter.write", full)
    with pytest.raises(OSError, match="No space"):
        extract_sound(film, tmp_path / "film.wav")
    assert not (tmp_path / "film.wav").exists()


def test_a_file_that_is_no_film(tmp_path: Path):
    (tmp_path / "notes.mp4").write_text("dear diary")
    with pytest.raises(UnreadableFilm):
        extract_sound(tmp_path / "notes.mp4", tmp_path / "film.wav")


def test_the_rate_is_checked():
    assert SoundSpec(audio_rate="source").audio_rate == "source"
    for wrong in (0, "original", 1_000_000):
        with pytest.raises(ValidationError):
            SoundSpec(audio_rate=wrong)


def test_the_default_rate_is_in_the_fingerprint():
    assert SoundSpec().fingerprint() != SoundSpec(audio_rate="source").fingerprint()
