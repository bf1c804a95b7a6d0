"""TensorBoard's event files as a training writes them: whole, torn, and harmed."""

from __future__ import annotations

import struct
from pathlib import Path

from animstudio.jobs.follow.follower import Follower
from animstudio.jobs.follow.tensorboard import EventFiles, masked_crc


def scalar(step: int, **values: float) -> bytes:
    """Return an event record as TensorBoard writes it."""
    summary = b""
    for tag, number in values.items():
        name = tag.replace("__", "/").encode()
        value = b"\x0a" + bytes([len(name)]) + name + b"\x15" + struct.pack("<f", number)
        summary += b"\x0a" + bytes([len(value)]) + value
    event = b"\x09" + struct.pack("<d", 1e9) + b"\x10" + bytes([step])
    return record(event + b"\x2a" + bytes([len(summary)]) + summary)


def record(data: bytes) -> bytes:
    head = struct.pack("<Q", len(data))
    checks = [struct.pack("<I", masked_crc(part)) for part in (head, data)]
    return head + checks[0] + data + checks[1]


def test_the_check_is_the_one_of_the_standard() -> None:
    crc = 0xE3069283  # CRC-32C of "123456789", RFC 3720 and its errata
    assert masked_crc(b"123456789") == ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def test_tensorboard_files(tmp_path: Path) -> None:
    folder = tmp_path / "logs" / "run1"
    folder.mkdir(parents=True)
    file = folder / "events.out.tfevents.1.host"
    file.write_bytes(record(b"\x1a\x0dbrain.Event:2") + scalar(5, loss__current=0.5, lr__unet=0.25))
    follower = Follower(tmp_path / "none", output=tmp_path)
    p = follower.look(0.0).progress
    assert (p.step, p.loss, p.learning_rate) == (5, 0.5, 0.25)
    torn = scalar(6, train__loss=0.25)
    with file.open("ab") as out:
        out.write(torn[:-3])
    assert not follower.look(1.0).grew
    with file.open("ab") as out:
        out.write(torn[-3:] + record(b"x" * 200_000) + scalar(7, loss=float("nan")))
    seen = follower.look(2.0)
    assert (seen.progress.step, [a.trouble for a in seen.alarms]) == (7, ["nan"])


def test_a_harmed_event_file(tmp_path: Path) -> None:
    file = tmp_path / "events.out.tfevents.1.host"
    good, bad = scalar(5, loss=0.5), bytearray(scalar(6, loss=0.25))
    bad[20] ^= 1
    file.write_bytes(good + bytes(bad) + scalar(7, loss=0.125))
    boards = EventFiles(tmp_path)
    assert [r.step for r in boards.readings()] == [5, 7]  # the data's check failed: passed over
    with file.open("ab") as out:
        out.write(b"\x01" * 40)
    assert list(boards.readings()) == []
    assert list(boards.broken) == [file]
