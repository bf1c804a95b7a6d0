"""The guard's checks and verdicts, with readings the test decides."""

from __future__ import annotations

import errno
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import ValidationError

from animstudio.kernel.errors import AskedWrongly, OutOfRoom
from animstudio.kernel.events import Event
from animstudio.kernel.guard import Guard, GuardChanged, GuardSpec, Readings, check_writable
from animstudio.kernel.machine import GB, Disk, Memory


@dataclass
class Fake:
    """A machine of 100 GB memory and 1000 GB disk."""

    ram: float = 0.5
    free_gb: float = 100
    rss_gb: float = 1
    events: list[Event] = field(default_factory=list)

    def guard(self, folder: Path, **options: float) -> Guard:
        readings = Readings(
            memory=lambda: Memory(100 * GB, round((1 - self.ram) * 100 * GB)),
            disk=lambda folder: Disk(1000 * GB, 0, round(self.free_gb * GB)),
            rss=lambda: round(self.rss_gb * GB),
        )
        spec = GuardSpec.model_validate(options)
        return Guard(folder, spec, readings=readings, emit=self.events.append)


def test_thresholds_of_memory(tmp_path: Path) -> None:
    fake = Fake()
    guard = fake.guard(tmp_path)
    seen = []
    for fake.ram in (0.69, 0.70, 0.80, 0.90, 0.88, 0.86, 0.78, 0.76, 0.66):
        verdict = guard.admit()
        seen.append((verdict.level, verdict.word))
    assert seen == [
        ("ok", "go"),
        ("warn", "go"),
        ("slow", "slow"),
        ("stop", "stop"),
        ("stop", "stop"),  # not yet eased by 3 %
        ("slow", "slow"),
        ("slow", "slow"),
        ("warn", "go"),
        ("ok", "go"),
    ]


def test_each_change_is_an_event_and_only_changes(tmp_path: Path) -> None:
    fake = Fake()
    guard = fake.guard(tmp_path)
    for fake.ram in (0.5, 0.5, 0.95, 0.95, 0.5):
        guard.admit()
    assert all(isinstance(event, GuardChanged) for event in fake.events)
    changes = [(e.before, e.level) for e in fake.events if isinstance(e, GuardChanged)]
    assert changes == [("ok", "stop"), ("stop", "ok")]
    reason = fake.events[0].model_dump()["reason"]
    assert reason == "memory is 95% full (5.0 GB of 100.0 GB free); --ram-stop is 90%"


def test_disk_stops_work_and_lets_it_go_on(tmp_path: Path) -> None:
    fake = Fake()
    guard = fake.guard(tmp_path)
    seen = []
    for fake.free_gb in (10.5, 9.9, 10.1, 10.4, 0):
        seen.append(guard.admit().word)
    assert seen == ["go", "stop", "stop", "go", "stop"]
    assert "0.0 GB of disk free" in guard.admit().reason
    assert "--disk-free-gb keeps 10.0 GB" in guard.admit().reason


def test_no_disk_need_be_free(tmp_path: Path) -> None:
    fake = Fake(free_gb=0)
    assert fake.guard(tmp_path, disk_free_gb=0).admit().word == "go"


def test_own_memory_waits_while_work_is_out_and_fails_when_none_is(tmp_path: Path) -> None:
    fake = Fake(rss_gb=9)
    guard = fake.guard(tmp_path, process_rss_gb=8)
    verdict = guard.admit(in_flight=2)
    assert verdict.word == "stop"
    assert "hold 9.0 GB of memory; --process-rss-gb is 8.0 GB" in verdict.reason
    with pytest.raises(OutOfRoom, match="nothing is in work"):
        guard.admit(in_flight=0)


def test_enough_room_before_work(tmp_path: Path) -> None:
    Fake().guard(tmp_path / "new" / "folder").check_before(disk=80 * GB, memory=10 * GB)
    assert list(tmp_path.iterdir()) == []  # checking leaves nothing behind


def test_too_little_disk_before_work(tmp_path: Path) -> None:
    with pytest.raises(OutOfRoom) as caught:
        Fake(free_gb=12).guard(tmp_path).check_before(disk=5 * GB)
    assert "12.0 GB of disk free" in caught.value.message
    assert "5.0 GB for the work and 10.0 GB that must stay free" in caught.value.message
    assert "--disk-free-gb" in (caught.value.hint or "")


@pytest.mark.parametrize(("ram", "memory"), [(0.92, 0), (0.5, 60 * GB)])
def test_too_little_memory_before_work(tmp_path: Path, ram: float, memory: int) -> None:
    with pytest.raises(OutOfRoom, match=r"of 100\.0 GB memory free"):
        Fake(ram=ram).guard(tmp_path).check_before(memory=memory)


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AskedWrongly, match="is a file, and not a folder"):
        check_writable(tmp_path / "file" / "out")


@pytest.mark.parametrize(
    ("number", "kind", "text"),
    [
        (errno.EROFS, AskedWrongly, "cannot write here: Read-only file system"),
        (errno.EACCES, AskedWrongly, "cannot write here: Permission denied"),
        (errno.ENOSPC, OutOfRoom, "the disk is full"),
    ],
)
def test_folder_that_takes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception], text: str
) -> None:
    def refuse(**options: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(kind, match=text):
        check_writable(tmp_path)


def test_thresholds_must_rise() -> None:
    with pytest.raises(ValidationError, match="must rise"):
        GuardSpec(ram_warn=0.95)


def test_limits_are_no_part_of_what_a_result_depends_on() -> None:
    assert GuardSpec().fingerprint() == GuardSpec(ram_warn=0.1, process_rss_gb=4).fingerprint()
