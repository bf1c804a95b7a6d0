from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np

from animstudio.media.wav import WavWriter


def read_back(path: Path) -> tuple[int, str, np.ndarray]:
    with av.open(str(path)) as file:
        stream = file.streams.audio[0]
        frames = [frame.to_ndarray() for frame in file.decode(stream)]
        samples = np.concatenate(frames, axis=1).reshape(-1, stream.codec_context.channels)
        return stream.codec_context.sample_rate, stream.codec_context.layout.name, samples


def numbers(count: int, channels: int) -> np.ndarray:
    return np.random.default_rng(3).integers(-32_768, 32_768, (count, channels), np.int16)


def test_python_s_own_reader_reads_it(tmp_path: Path):
    samples = numbers(5_000, 1)
    with WavWriter(tmp_path / "a.wav", 16_000, ("FC",)) as out:
        out.write(samples[:1_000])
        out.write(samples[1_000:, 0])
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        assert np.array_equal(np.frombuffer(file.readframes(5_000), "<i2"), samples[:, 0])
        assert file.getnframes() == 5_000


def test_an_empty_file_is_whole(tmp_path: Path):
    WavWriter(tmp_path / "a.wav", 16_000, ("FC",)).close()
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert file.getnframes() == 0


def test_six_channels_keep_their_places(tmp_path: Path):
    samples = numbers(3_000, 6)
    with WavWriter(tmp_path / "a.wav", 48_000, ("FL", "FR", "FC", "LFE", "BL", "BR")) as out:
        out.write(samples)
        assert out.samples == 3_000
    rate, layout, found = read_back(tmp_path / "a.wav")
    assert (rate, layout) == (48_000, "5.1")
    assert np.array_equal(found, samples)


def test_past_the_limit_it_is_rf64(tmp_path: Path):
    samples = numbers(5_000, 2)
    with WavWriter(tmp_path / "a.wav", 44_100, ("FL", "FR"), limit=9_999) as out:
        out.write(samples)
    data = (tmp_path / "a.wav").read_bytes()
    assert data[:4] == b"RF64" and data[12:16] == b"ds64"
    assert int.from_bytes(data[20:28], "little") == len(data) - 8
    rate, _, found = read_back(tmp_path / "a.wav")
    assert rate == 44_100
    assert np.array_equal(found, samples)
