"""How loud a film is: ITU-R BS.1770-4, in one pass and bounded memory.

The signal is K-weighted (a shelf for the head, a high-pass for the ear) and its power gathered in
bins of 100 ms. Four bins make a gating block of 400 ms that overlaps its neighbour by 75 %, as the
recommendation has it; blocks below -70 LUFS, and then those 10 LU below the mean of the rest, do
not count. The filters are the analogue prototypes behind the recommendation's 48 kHz table,
transformed for the film's own rate (as libebur128 does).

Both filters ring for less than a tenth of a second, so each block is filtered in the frequency
domain (overlap-save) instead of sample by sample.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

SILENCE = -70.0
"""LUFS below which nothing counts (BS.1770's absolute gate); the floor of the curve."""
CURVE_STEP = 0.4
"""Seconds between two points of the curve: one momentary window."""

_BINS_A_SECOND = 10
_WINDOW_BINS = 4
_RELATIVE_GATE = 10.0
_SURROUND_GAIN = 1.41
_RINGING = 0.1


@dataclass(frozen=True, slots=True)
class Loudness:
    """What a meter heard.

    integrated: LUFS of the whole; None for silence and for less than 400 ms.
    momentary:  LUFS every 0.4 s, each over its own 0.4 s, from -70 up.
    peak:       the highest sample in dBFS (not the true peak between samples); None for digital
                silence. Above 0 is clipped in the WAV.
    """

    integrated: float | None
    momentary: tuple[float, ...]
    peak: float | None


class LoudnessMeter:
    """Hears a sound block by block: `feed` each, then `finish`."""

    def __init__(self, rate: int, channels: Sequence[str]) -> None:
        """Prepare for a rate in Hz and channels by FFmpeg's names, for example FL, FR, FC, LFE."""
        self._rate = rate
        self._gains = channel_gains(channels)
        self._ringing = math.ceil(_RINGING * rate)
        size = 1 << (8 * self._ringing - 1).bit_length()
        self._response = k_weighting(rate, size)
        self._size, self._hop = size, size - self._ringing
        self._past = np.zeros((len(channels), self._ringing), np.float32)
        self._waiting: list[Floats] = []
        self._pending = 0
        self._heard = 0
        self._sums: list[float] = []
        self._peak = 0.0

    def feed(self, block: Floats) -> None:
        """Hear (channels, samples), -1 to 1, which follow the last block."""
        if not block.size:
            return
        self._peak = max(self._peak, float(block.max()), -float(block.min()))
        self._waiting.append(block)
        self._pending += block.shape[1]
        while self._pending >= self._hop:
            self._filter(self._hop)

    def finish(self) -> Loudness:
        """Return what was heard; the meter is spent."""
        while self._pending:
            self._filter(min(self._hop, self._pending))
        power, lengths = self._bins()
        whole = lengths == np.diff(self._edges(len(lengths)))
        return Loudness(
            integrated=integrated(power[whole], lengths[whole]),
            momentary=_momentary(power, lengths),
            peak=20 * math.log10(self._peak) if self._peak > 0 else None,
        )

    def _filter(self, count: int) -> None:
        """K-weight the next `count` samples and gather their power."""
        waiting = np.concatenate([self._past, *self._waiting], axis=1)
        piece = waiting[:, : self._ringing + count]
        rest = waiting[:, self._ringing + count :]
        spectrum = np.fft.rfft(piece, self._size, axis=1)
        spectrum *= self._response
        weighted = np.fft.irfft(spectrum, self._size, axis=1)[:, self._ringing :][:, :count]
        self._past = piece[:, -self._ringing :].copy()
        self._waiting, self._pending = [rest], rest.shape[1]
        power = np.einsum("c,cn,cn->n", self._gains, weighted, weighted)
        self._gather(power)

    def _gather(self, power: Floats) -> None:
        """Sum a stretch of power into its bins of 100 ms; the last goes on with the next."""
        before, self._heard = self._heard, self._heard + len(power)
        first = before * _BINS_A_SECOND // self._rate
        last = (self._heard - 1) * _BINS_A_SECOND // self._rate
        starts = np.maximum(self._edges(last)[first:] - before, 0)
        sums = np.add.reduceat(power, starts, dtype=np.float64).tolist()
        if first < len(self._sums):
            self._sums[first] += sums.pop(0)
        self._sums.extend(sums)

    def _edges(self, bins: int) -> NDArray[np.int64]:
        """Return the first sample of each of `bins` bins, and of the one after them."""
        return -(-np.arange(bins + 1) * self._rate // _BINS_A_SECOND)

    def _bins(self) -> tuple[Doubles, NDArray[np.int64]]:
        """Return the power and the samples of every bin; the last may be short."""
        edges = np.minimum(self._edges(len(self._sums)), self._heard)
        return np.array(self._sums), np.diff(edges)


def integrated(power: Doubles, lengths: NDArray[np.int64]) -> float | None:
    """Return the gated loudness in LUFS of whole bins of 100 ms (BS.1770-4, equations 3 to 7)."""
    if len(power) < _WINDOW_BINS:
        return None
    ones = np.ones(_WINDOW_BINS)
    blocks = np.convolve(power, ones, "valid") / np.convolve(lengths, ones, "valid")
    loud = blocks[_lufs(blocks) > SILENCE]
    if not len(loud):
        return None
    loud = loud[_lufs(loud) > float(_lufs(loud.mean())) - _RELATIVE_GATE]
    return float(_lufs(loud.mean()))


def _momentary(power: Doubles, lengths: NDArray[np.int64]) -> tuple[float, ...]:
    if not len(power):
        return ()
    starts = np.arange(0, len(power), _WINDOW_BINS)
    means = np.add.reduceat(power, starts) / np.add.reduceat(lengths, starts)
    return tuple(float(value) for value in np.maximum(_lufs(means), SILENCE))


def _lufs(power: Doubles | float) -> Doubles:
    return np.asarray(-0.691 + 10 * np.log10(np.maximum(power, 1e-20)))


def channel_gains(channels: Sequence[str]) -> Floats:
    """Return each channel's weight: 1.41 for the surrounds, 0 for the low-frequency effects.

    BS.1770-4 weighs speakers 60 to 120 degrees to the side. Those are SL and SR; a 5.1 film that
    names its only surrounds BL and BR means the same pair.
    """
    surrounds = {"SL", "SR"} if "SL" in channels else {"BL", "BR"}
    if not {"FL", "FR"} <= set(channels) or len(channels) < 5:
        surrounds = {"SL", "SR"}
    gains = [
        0.0 if name.startswith("LFE") else _SURROUND_GAIN if name in surrounds else 1.0
        for name in channels
    ]
    return np.array(gains, np.float32)


def k_weighting(rate: int, size: int) -> NDArray[np.complex64]:
    """Return the filters' response on the `size // 2 + 1` bins of a real FFT at `rate` Hz.

    The two analogue sections are those that give the recommendation's table at 48 kHz, by the
    bilinear transform (Brecht De Man, "Evaluation of implementations of the EBU R128 loudness
    measurement", AES 145, 2018).
    """
    back = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = np.ones(len(back), np.complex128)
    for numerator, denominator in biquads(rate):
        response *= np.polyval(numerator[::-1], back) / np.polyval(denominator[::-1], back)
    return response.astype(np.complex64)


def biquads(rate: int) -> tuple[tuple[list[float], list[float]], tuple[list[float], list[float]]]:
    """Return numerator and denominator (b0 b1 b2, a0 a1 a2) of the shelf and the high-pass."""
    k = math.tan(math.pi * 1681.974450955533 / rate)
    q, gain = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    middle = gain**0.4996667741545416
    a0 = 1 + k / q + k * k
    shelf = (
        [
            (gain + middle * k / q + k * k) / a0,
            2 * (k * k - gain) / a0,
            (gain - middle * k / q + k * k) / a0,
        ],
        [1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0],
    )
    k = math.tan(math.pi * 38.13547087602444 / rate)
    q = 0.5003270373238773
    a0 = 1 + k / q + k * k
    high_pass = ([1.0, -2.0, 1.0], [1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0])
    return shelf, high_pass
