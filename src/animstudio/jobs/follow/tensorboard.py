"""TensorBoard's event files, read as they grow.

A file is a row of records: length (8 bytes), its check, data, its check; numbers little-endian,
checks are CRC-32C, turned and shifted. The data is a protocol-buffer ``Event`` of which only
scalars are read. A record that is not whole yet is left for the next look; one whose length
fails its check ends the reading of that file, as no later record can be found.

Source: TensorFlow's ``tensorflow/core/lib/io/record_writer.h`` and ``core/util/event.proto``.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from animstudio.jobs.follow.reading import Reading, read_pairs, reading_of

_LARGEST = 1 << 16
"""Bytes of a record that are read: scalars take a hundred, pictures are passed over."""
_AT_ONCE = 5000
"""Records of a file read at one look."""
_LEVELS = 3
_HEAD = struct.Struct("<QI")


def _crc_table() -> tuple[int, ...]:
    table = []
    for number in range(256):
        for _ in range(8):
            number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
        table.append(number)
    return tuple(table)


_TABLE: Final = _crc_table()


def masked_crc(data: bytes) -> int:
    """Return the check of a record's part: its CRC-32C, rotated by 15 bits, plus a constant."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


@dataclass
class EventFiles:
    """The event files below a folder. `broken`: files in which a check failed, and where."""

    folder: Path
    broken: dict[Path, int] = field(default_factory=dict)
    _offsets: dict[Path, int] = field(default_factory=dict)

    def readings(self) -> Iterator[Reading]:
        """Yield what was written since the last look."""
        for file in self._files():
            yield from self._new(file)

    def _files(self) -> list[Path]:
        found: list[Path] = []
        for level in range(_LEVELS + 1):
            found += self.folder.glob("*/" * level + "events.out.tfevents.*")
        return sorted(found, key=lambda file: file.name)

    def _new(self, path: Path) -> Iterator[Reading]:
        offset = self._offsets.get(path, 0)
        try:
            if path in self.broken or path.stat().st_size <= offset:
                return
            with path.open("rb") as file:
                for _ in range(_AT_ONCE):
                    file.seek(offset)
                    size, data = _record(file.read(_HEAD.size), file.read)
                    if size < 0:
                        self.broken[path] = offset
                    if size <= 0 or offset + size > path.stat().st_size:
                        break
                    offset += size
                    if reading := _read_event(data):
                        yield reading
        except OSError:
            return
        finally:
            self._offsets[path] = offset


def _record(head: bytes, read: Callable[[int], bytes]) -> tuple[int, bytes]:
    """Return a record's whole size and its data; 0 while it is not whole, -1 if it is harmed.

    The data is empty where it is too large to be of scalars, or fails its check.
    """
    if len(head) < _HEAD.size:
        return 0, b""
    length, check = _HEAD.unpack(head)
    if masked_crc(head[:8]) != check:
        return -1, b""
    size = _HEAD.size + length + 4
    if length > _LARGEST:
        return size, b""
    rest = read(length + 4)
    if len(rest) < length + 4:
        return 0, b""
    (check,) = struct.unpack("<I", rest[length:])
    return size, rest[:length] if masked_crc(rest[:length]) == check else b""


def _read_event(data: bytes) -> Reading | None:
    """Return the scalars of an ``Event``: step (2), summary (5) of values (1)."""
    step, pairs = None, []
    try:
        for number, value in _fields(data):
            if number == 2 and isinstance(value, int):
                step = value
            elif number == 5 and isinstance(value, bytes):
                pairs += [_scalar(each) for n, each in _fields(value) if n == 1]
    except (IndexError, struct.error, ValueError):
        return None
    fields = read_pairs(pair for pair in pairs if pair is not None)
    fields.pop("epoch", None)  # some count from 0 and some from 1: the log tells it better
    fields.pop("step", None)
    return reading_of(fields, step=step) if fields else None


def _scalar(data: int | bytes | float) -> tuple[str, float] | None:
    """Return tag (1) and number of a value: simple_value (2), or the tensor (8) of new writers."""
    tag, found = "", None
    if not isinstance(data, bytes):
        return None
    for number, value in _fields(data):
        if number == 1 and isinstance(value, bytes):
            tag = value.decode("utf-8", "replace")
        elif number == 2 and isinstance(value, float):
            found = value
        elif number == 8 and isinstance(value, bytes):
            found = _tensor(value)
    return None if found is None else (tag, found)


def _tensor(data: bytes) -> float | None:
    """Return a tensor's only number: dtype (1) float, content (4) or float_val (5)."""
    kind = 0
    for number, value in _fields(data):
        if number == 1 and isinstance(value, int):
            kind = value
        elif kind == 1 and number in (4, 5):
            if isinstance(value, float):
                return value
            if isinstance(value, bytes) and len(value) == 4:
                return float(struct.unpack("<f", value)[0])
    return None


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes | float]]:
    """Yield a message's fields: number and value. Raises IndexError where it is cut off."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
        elif kind == 1:
            yield key >> 3, float(struct.unpack_from("<d", data, at)[0])
            at += 8
        elif kind == 2:
            size, at = _varint(data, at)
            if at + size > len(data):
                raise IndexError(at)
            yield key >> 3, data[at : at + size]
            at += size
        elif kind == 5:
            yield key >> 3, float(struct.unpack_from("<f", data, at)[0])
            at += 4
        else:
            raise ValueError(kind)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
