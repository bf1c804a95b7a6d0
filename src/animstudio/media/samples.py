"""Samples of sound: their forms, their channels and their rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av import AudioFrame

Floats = NDArray[np.float32]


class Resampler:
    """Brings a mono sound from one rate to another, block by block, as 16-bit samples."""

    def __init__(self, source: int, target: int) -> None:
        from av.audio.resampler import AudioResampler

        self._source = source
        self._inner = AudioResampler("s16", "mono", target)

    def feed(self, mono: Floats) -> NDArray[np.int16]:
        """Return the samples that `mono` (n,), -1 to 1, completes."""
        from av import AudioFrame

        if not len(mono):
            return np.zeros(0, np.int16)
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(mono)[None], "flt", "mono")
        frame.sample_rate = self._source
        return _joined(self._inner.resample(frame))

    def finish(self) -> NDArray[np.int16]:
        """Return the samples that the filter still holds."""
        return _joined(self._inner.resample(None))


def _joined(frames: list[AudioFrame]) -> NDArray[np.int16]:
    pieces = [np.asarray(frame.to_ndarray()[0], np.int16) for frame in frames]
    return np.concatenate([np.zeros(0, np.int16), *pieces])


def mono(block: Floats, channels: Sequence[str]) -> Floats:
    """Return one channel (n,) of many: ITU-R BS.775's stereo downmix, its two sides averaged.

    The weights add up to 1, so nothing clips; the low-frequency effects are left out.
    """
    if len(channels) == 1:
        return np.asarray(block[0], np.float32)
    weights = np.array([_downmix_weight(name) for name in channels], np.float32)
    if not weights.any():
        weights[:] = 1
    return np.asarray(weights / weights.sum() @ block, np.float32)


def _downmix_weight(name: str) -> float:
    if name.startswith("LFE"):
        return 0.0
    if name == "FC":
        return 2**0.5
    return 1.0 if name in ("FL", "FR", "DL", "DR") else 0.5**0.5


def to_16_bits(block: Floats) -> NDArray[np.int16]:
    """Return (channels, n) floats as (n, channels) 16-bit samples; what is beyond 1 is clipped."""
    return np.clip(np.rint(block.T * 32768), -32768, 32767).astype(np.int16)


def from_16_bits(samples: NDArray[np.int16]) -> Floats:
    """Return 16-bit samples as floats, -1 to 1."""
    return samples.astype(np.float32) * np.float32(2.0**-15)


def floats(frame: AudioFrame) -> Floats:
    """Return a frame's samples (channels, n) as floats, whatever its format."""
    raw: NDArray[Any] = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = raw.reshape(-1, frame.layout.nb_channels).T
    if raw.dtype == np.uint8:
        return np.asarray((raw.astype(np.float32) - 128) / 128, np.float32)
    if raw.dtype.kind == "i":
        return np.asarray(raw * np.float32(0.5 ** (8 * raw.dtype.itemsize - 1)), np.float32)
    return np.asarray(raw, np.float32)


def channel_names(frame: AudioFrame) -> tuple[str, ...]:
    """Return the channels' names; a file that names none is taken to be mono or stereo."""
    count = frame.layout.nb_channels
    if count <= 2:
        return ("FC",) if count == 1 else ("FL", "FR")
    return tuple(channel.name for channel in frame.layout.channels)
