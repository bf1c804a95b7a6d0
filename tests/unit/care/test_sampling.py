"""Samples of a machine that the test makes, and what is said of them."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from animstudio.care.live import line, table
from animstudio.care.monitor import Alarms, MonitorSpec, level, record, watch
from animstudio.care.sample import COLUMNS, Sample, Sampler
from animstudio.gpu.devices import Device
from animstudio.kernel.machine import GB, MB, CpuTime, Disk, Machine, Memory, Process

REPORT = (
    "timestamp,cpu_cores,cpu_usage_pct,ram_used_gb,ram_total_gb,ram_pct,vram_used_mb,"
    "vram_total_mb,vram_pct,gpu_util_pct,gpu_temp_c,disk_root_used,disk_root_total,"
    "disk_root_pct,disk_mnt_pct,top_processes"
)
NOON = datetime(2024, 5, 6, 12, 0, 0, tzinfo=UTC)
GPU = Device(0, "RTX", "GPU-0", 4000, 16000, 50.0, 60.0)


class FakeMachine(Machine):
    """Four processors, half of them busy; two processes."""

    def __init__(self) -> None:
        super().__init__()
        self.cpu = 0.0
        self.broken = False

    def memory(self) -> Memory:
        if self.broken:
            raise OSError("gone")
        return Memory(64 * GB, 16 * GB)

    def cpus(self) -> int:
        return 4

    def cpu_time(self, now: float) -> CpuTime:
        if self.broken:
            raise ValueError("torn")
        return CpuTime(2 * now, 4 * now)

    def disk(self, folder: Path) -> Disk:
        if self.broken:
            raise OSError("pulled")
        used = {"/": 40, "/mnt/c": 70}.get(str(folder), 10)
        return Disk(100 * GB, used * GB, (100 - used) * GB)

    def mounts(self, below: Path) -> list[Path]:
        return [Path("/mnt/c"), Path("/mnt/d")]

    def processes(self) -> Iterator[Process]:
        self.cpu += 5.0
        yield Process(7, 1, 7, "ffmpeg", "R", 2 * GB, self.cpu, 1)
        yield Process(8, 1, 8, "odd;\nname", "R", 300 * MB, self.cpu / 2, 1)
        yield Process(9, 1, 9, "idle", "S", 8 * GB, 0.0, 1)


def sampler(machine: Machine, *gpus: Device) -> Sampler:
    ticks = iter(range(0, 1000, 5))  # each look at the clock is five seconds later
    return Sampler(
        machine,
        gpus=lambda: gpus,
        clock=lambda: float(next(ticks)),
        now=lambda: NOON,
        mounts=Path("/"),
    )


def make(**changes: object) -> Sample:
    full = sampler(FakeMachine(), GPU).sample()
    values = {name: getattr(full, name) for name in COLUMNS} | changes
    return Sample(**values)  # type: ignore[arg-type]


def test_the_columns_are_the_reports() -> None:
    assert ",".join(COLUMNS) == REPORT


def test_a_sample() -> None:
    assert sampler(FakeMachine(), GPU, GPU).sample() == Sample(
        timestamp="2024-05-06T12:00:00+00:00",
        cpu_cores=4,
        cpu_usage_pct=50.0,
        ram_used_gb=48.0,
        ram_total_gb=64.0,
        ram_pct=75.0,
        vram_used_mb=8000,
        vram_total_mb=32000,
        vram_pct=25.0,
        gpu_util_pct=50.0,
        gpu_temp_c=60.0,
        disk_root_used=40.0,
        disk_root_total=100.0,
        disk_root_pct=40.0,
        disk_mnt_pct=70.0,
        top_processes="ffmpeg(7) 50% 2.0GB; odd??name(8) 25% 300MB",
    )


def test_what_nobody_can_tell_is_an_empty_cell() -> None:
    machine = FakeMachine()
    eyes = sampler(machine)
    assert eyes.sample().cells()[6:11] == ["", "", "", "", ""]
    machine.broken = True
    broken = eyes.sample()
    assert (broken.ram_pct, broken.disk_root_pct, broken.cpu_usage_pct) == (None, None, None)
    machine.broken = False
    assert eyes.sample().ram_pct == 75.0
    assert eyes.sample().cpu_usage_pct == 50.0


@pytest.mark.parametrize(
    ("column", "steps"),
    [
        ("cpu_usage_pct", (84.9, 85, 95)),
        ("ram_pct", (79.9, 80, 90)),
        ("gpu_temp_c", (79.9, 80, 85)),
        ("disk_root_pct", (89.9, 90, 95)),
        ("disk_mnt_pct", (89.9, 90, 95)),
    ],
)
def test_thresholds(column: str, steps: tuple[float, ...]) -> None:
    levels = [level(column, make(**{column: value}), MonitorSpec()) for value in steps]
    assert levels == ["ok", "warning", "critical"]
    assert level(column, make(**{column: None}), MonitorSpec()) == "ok"


def test_thresholds_in_the_wrong_order() -> None:
    with pytest.raises(ValueError, match="ram_warn is above ram_critical"):
        MonitorSpec(ram_warn=95)


def test_a_crossing_is_said_once() -> None:
    said: list[str] = []
    alarms = Alarms(MonitorSpec(), said.append)
    for ram in (50.0, 85.0, 86.0, 92.5, 70.0):
        alarms(make(ram_pct=ram))
    alarms(make(gpu_temp_c=90.0))
    alarms(make(gpu_temp_c=None))
    assert said == [
        "warning: RAM 85 % (from 80)",
        "critical: RAM 92.5 % (from 90)",
        "ok again: RAM 70 %",
        "critical: GPU 90 C (from 85)",
        "ok again: GPU no longer readable",
    ]


def test_watching_keeps_to_the_clock() -> None:
    now = [0.0]
    waits: list[float] = []
    seen: list[Sample] = []

    def wait(seconds: float) -> bool:
        waits.append(round(seconds, 3))
        now[0] += seconds
        return len(waits) == 5

    def output(sample: Sample) -> None:
        seen.append(sample)
        now[0] += 25 if len(seen) == 3 else 1  # the third takes longer than the interval

    watch(sampler(FakeMachine()), 10.0, output, wait, clock=lambda: now[0])
    assert waits == [0.5, 9.0, 9.0, 0.0, 9.0]
    assert len(seen) == 5  # the last one when it was asked to end


def test_recording_beside_other_work(tmp_path: Path) -> None:
    until = threading.Event()
    until.set()
    path = tmp_path / "monitoring" / "monitor.csv"
    record(path, until, MonitorSpec(), sampler=sampler(FakeMachine(), GPU)).join()
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == list(COLUMNS)
    assert [row[5] for row in rows[1:]] == ["75.0"]


def shown(sample: Sample, width: int = 100) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(table(sample, MonitorSpec()))
    return capture.get()


def test_the_table() -> None:
    text = shown(make(ram_pct=91.0, gpu_temp_c=82.0))
    for part in ("12:00:00", "4 cores", "48 of 64 GB  critical", "82 C  warning", "ffmpeg(7)"):
        assert part in text
    assert "8000" not in text
    none = make(vram_total_mb=None, gpu_util_pct=None, gpu_temp_c=None, top_processes="")
    assert "none that answers" in shown(none)
    assert "nobody" in shown(none)


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_the_table_fits_the_terminal(width: int) -> None:
    assert max(map(len, shown(make(), width).splitlines())) <= width


def test_the_line() -> None:
    assert line(make(ram_pct=91.0, cpu_usage_pct=86.0), MonitorSpec()) == (
        "2024-05-06T12:00:00+00:00  CPU 86 % !  RAM 48 of 64 GB 91 % !!  "
        "GPU 50 % 60 C VRAM 4000 of 16000 MB  disk 40 of 100 GB 40 %"
    )
    assert "GPU" not in line(make(vram_total_mb=None, gpu_temp_c=None), MonitorSpec())
