"""The meter against EBU's test signals, a slow independent reference and FFmpeg's own meter."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from animstudio.film.loudness import SILENCE, Loudness, LoudnessMeter, biquads, channel_gains

STEREO = ("FL", "FR")


def sine(rate: int, seconds: float, dbfs: float, hertz: float = 1000) -> NDArray[np.float32]:
    time = np.arange(round(rate * seconds)) / rate
    return (10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def heard(sound: NDArray[np.float32], rate: int, channels=STEREO, block: int = 0) -> Loudness:
    meter = LoudnessMeter(rate, channels)
    for start in range(0, sound.shape[1], block or sound.shape[1]):
        meter.feed(sound[:, start : start + (block or sound.shape[1])])
    return meter.finish()


def slow_reference(sound: NDArray[np.float32], rate: int, gains: list[float]) -> float:
    """BS.1770-4 as its text has it: sample by sample, block by block."""
    filtered = []
    for channel in sound.astype(float):
        for b, a in biquads(rate):
            out, x1, x2, y1, y2 = [], 0.0, 0.0, 0.0, 0.0
            for x in channel.tolist():
                y = b[0] * x + b[1] * x1 + b[2] * x2 - a[1] * y1 - a[2] * y2
                x1, x2, y1, y2 = x, x1, y, y1
                out.append(y)
            channel = np.array(out)
        filtered.append(channel)
    size, step = round(0.4 * rate), round(0.1 * rate)
    powers = [
        sum(
            g * float(np.mean(c[at : at + size] ** 2)) for g, c in zip(gains, filtered, strict=True)
        )
        for at in range(0, sound.shape[1] - size + 1, step)
    ]
    powers = [p for p in powers if -0.691 + 10 * math.log10(p + 1e-30) > -70]
    gate = -0.691 + 10 * math.log10(sum(powers) / len(powers)) - 10
    powers = [p for p in powers if -0.691 + 10 * math.log10(p) > gate]
    return -0.691 + 10 * math.log10(sum(powers) / len(powers))


def uneven(rate: int, seconds: float, channels: int) -> NDArray[np.float32]:
    """Noise with a loud and a quiet half, and a rumble that the high-pass must take."""
    rng = np.random.default_rng(7)
    count = round(rate * seconds)
    sound = rng.normal(0, 0.1, (channels, count))
    sound[:, count // 2 :] *= 0.01
    sound += 0.1 * np.sin(2 * np.pi * 20 * np.arange(count) / rate)
    return sound.astype(np.float32)


def test_the_filters_at_48_khz_are_the_recommendation_s_table():
    shelf, high_pass = biquads(48_000)
    assert shelf[0] == pytest.approx([1.53512485958697, -2.69169618940638, 1.19839281085285])
    assert shelf[1] == pytest.approx([1.0, -1.69065929318241, 0.73248077421585])
    assert high_pass[0] == [1.0, -2.0, 1.0]
    assert high_pass[1] == pytest.approx([1.0, -1.99004745483398, 0.99007225036621])


@pytest.mark.parametrize("rate", [44_100, 48_000, 22_050])
def test_a_tone_at_minus_23_reads_minus_23(rate: int):
    """EBU Tech 3341, test case 1."""
    tone = sine(rate, 20, -23)
    result = heard(np.stack([tone, tone]), rate, block=rate)
    assert result.integrated == pytest.approx(-23.0, abs=0.1)
    assert result.peak == pytest.approx(-23.0, abs=0.01)
    assert result.momentary[10] == pytest.approx(-23.0, abs=0.1)


def test_quiet_passages_are_gated():
    """EBU Tech 3341, test case 3."""
    tone = np.concatenate([sine(48_000, s, d) for s, d in ((10, -36), (60, -23), (10, -36))])
    result = heard(np.stack([tone, tone]), 48_000, block=48_000)
    assert result.integrated == pytest.approx(-23.0, abs=0.1)


def test_surrounds_weigh_more_and_the_low_effects_nothing():
    """EBU Tech 3341, test case 6: 5.0 with -28, -28, -24, -30, -30 dBFS reads -23."""
    levels = {"FL": -28, "FR": -28, "FC": -24, "LFE": -3, "BL": -30, "BR": -30}
    sound = np.stack([sine(48_000, 5, dbfs) for dbfs in levels.values()])
    assert heard(sound, 48_000, tuple(levels)).integrated == pytest.approx(-23.0, abs=0.1)


def test_in_7_1_only_the_side_speakers_are_surrounds():
    names = ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR")
    assert channel_gains(names).tolist() == pytest.approx([1, 1, 1, 0, 1, 1, 1.41, 1.41])


def test_one_channel_counts_once():
    tone = sine(48_000, 3, -23)
    mono = heard(tone[None], 48_000, ("FC",)).integrated
    assert mono == pytest.approx(-26.0, abs=0.1)


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 2), (11_025, 1), (8_000, 2)])
def test_it_agrees_with_a_slow_reference(rate: int, channels: int):
    sound = uneven(rate, 4, channels)
    names = STEREO[:channels]
    quick = heard(sound, rate, names, block=4321).integrated
    assert quick == pytest.approx(slow_reference(sound, rate, [1.0] * channels), abs=0.02)


def test_it_agrees_with_ffmpeg():
    from av import AudioFrame
    from av.filter import Graph

    sound = uneven(48_000, 6, 2)
    graph = Graph()
    source = graph.add_abuffer(sample_rate=48_000, format="fltp", layout="stereo")
    graph.link_nodes(source, graph.add("ebur128", "metadata=1"), graph.add("abuffersink"))
    graph.configure()
    frame = AudioFrame.from_ndarray(sound, "fltp", "stereo")
    frame.sample_rate = 48_000
    graph.push(frame)
    graph.push(None)
    readings = []
    while True:
        try:
            readings.append(graph.pull().metadata["lavfi.r128.I"])
        except EOFError:
            break
    assert heard(sound, 48_000).integrated == pytest.approx(float(readings[-1]), abs=0.1)


@pytest.mark.parametrize("block", [1, 999, 4410, 50_000])
def test_the_size_of_the_blocks_does_not_matter(block: int):
    sound = uneven(4_410 if block == 1 else 44_100, 1.25, 2)
    rate = 4_410 if block == 1 else 44_100
    whole, parts = heard(sound, rate), heard(sound, rate, block=block)
    assert parts.integrated == pytest.approx(whole.integrated, abs=1e-3)
    assert parts.momentary == pytest.approx(whole.momentary, abs=1e-3)
    assert parts.peak == whole.peak


def test_silence_has_no_loudness_and_no_peak():
    result = heard(np.zeros((2, 48_000), np.float32), 48_000)
    assert result == Loudness(None, (SILENCE,) * 3, None)


def test_less_than_a_gating_block_has_a_curve_but_no_loudness():
    tone = sine(48_000, 0.25, -20)
    result = heard(np.stack([tone, tone]), 48_000)
    assert result.integrated is None
    assert result.momentary == pytest.approx((-20,), abs=0.3)


def test_nothing_at_all():
    assert LoudnessMeter(48_000, STEREO).finish() == Loudness(None, (), None)


def test_the_curve_follows_the_sound():
    tone = np.concatenate([sine(48_000, 0.8, -40), sine(48_000, 0.8, -20)])
    curve = heard(np.stack([tone, tone]), 48_000).momentary
    assert curve == pytest.approx((-40, -40, -20, -20), abs=0.3)
