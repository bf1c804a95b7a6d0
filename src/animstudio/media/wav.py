"""Writing WAV files of any length."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

_RIFF_LIMIT = 0xFFFFFFFF
_SPEAKERS = {
    name: 1 << bit
    for bit, name in enumerate(
        ["FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC", "BC", "SL", "SR", "TC"]
    )
}


class WavWriter:
    """A 16-bit PCM file that grows; it becomes RF64 (EBU Tech 3306) once past 4 GB.

    Room for RF64's long sizes is kept from the start, in a chunk that every reader skips. More
    than two channels are written with their speakers (WAVE_FORMAT_EXTENSIBLE).
    """

    def __init__(
        self, path: Path, rate: int, channels: Sequence[str], *, limit: int = _RIFF_LIMIT
    ) -> None:
        """Open `path`, for samples at `rate` Hz and channels by FFmpeg's names (FL, FR, LFE).

        A file longer than `limit` bytes becomes RF64.
        """
        self._channels = len(channels)
        self._limit = limit
        self._written = 0
        form = _format(rate, channels)
        self._file = path.open("wb")
        self._file.write(b"RIFF\0\0\0\0WAVE" + b"JUNK" + struct.pack("<I", 28) + bytes(28))
        self._file.write(b"fmt " + struct.pack("<I", len(form)) + form + b"data\0\0\0\0")
        self._header = self._file.tell()

    def write(self, samples: NDArray[np.int16]) -> None:
        """Append (n, channels) samples, or (n,) of a mono sound."""
        data = np.ascontiguousarray(samples, "<i2").tobytes()
        self._file.write(data)
        self._written += len(data)

    @property
    def samples(self) -> int:
        """Samples written so far, of each channel."""
        return self._written // (2 * self._channels)

    def close(self) -> None:
        """Write the sizes into the header and close the file."""
        riff = self._header - 8 + self._written
        long = riff > self._limit
        self._file.seek(0)
        if long:
            self._file.write(b"RF64" + struct.pack("<I", _RIFF_LIMIT) + b"WAVEds64")
            self._file.write(struct.pack("<IQQQI", 28, riff, self._written, self.samples, 0))
        else:
            self._file.write(b"RIFF" + struct.pack("<I", riff))
        self._file.seek(self._header - 4)
        self._file.write(struct.pack("<I", _RIFF_LIMIT if long else self._written))
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _format(rate: int, channels: Sequence[str]) -> bytes:
    """Return the body of the ``fmt`` chunk."""
    count = len(channels)
    plain = struct.pack("<HIIHH", count, rate, rate * count * 2, count * 2, 16)
    if count <= 2:
        return struct.pack("<H", 1) + plain
    known = [_SPEAKERS.get(name, 0) for name in channels]
    # The mask names speakers in the order of their bits: useless for any other order.
    mask = sum(known) if all(known) and known == sorted(known) else 0
    pcm = bytes.fromhex("0100000000001000800000aa00389b71")
    return struct.pack("<H", 0xFFFE) + plain + struct.pack("<HHI", 22, 16, mask) + pcm
