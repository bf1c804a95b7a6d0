"""One sample of the machine: processors, memory, GPUs, disks, and who keeps them busy."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from animstudio.gpu.devices import Device, devices
from animstudio.kernel.machine import GB, MB, CpuTime, Disk, Machine, Process

_T = TypeVar("_T")
_TOP = 5
"""Processes named in a sample."""
_BUSY = 1.0
"""Percent of one processor from which a process is worth naming."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A row of the monitor's table; the fields are its columns. None: nobody can tell.

    Gigabytes are 2^30 bytes, megabytes 2^20. Processors, memory and usage are what our
    container grants. With several GPUs memory is their sum, utilisation and temperature are
    the highest. `disk_mnt_pct` is the fullest disk mounted at or below /mnt. A process's
    percentage is of one processor since the last sample.
    """

    timestamp: str
    cpu_cores: int | None
    cpu_usage_pct: float | None
    ram_used_gb: float | None
    ram_total_gb: float | None
    ram_pct: float | None
    vram_used_mb: int | None
    vram_total_mb: int | None
    vram_pct: float | None
    gpu_util_pct: float | None
    gpu_temp_c: float | None
    disk_root_used: float | None
    disk_root_total: float | None
    disk_root_pct: float | None
    disk_mnt_pct: float | None
    top_processes: str

    def cells(self) -> list[str]:
        """Return the row as text, what nobody can tell as an empty cell."""
        return ["" if value is None else str(value) for value in asdict(self).values()]


COLUMNS = tuple(field.name for field in fields(Sample))


class Sampler:
    """Takes samples. Usage is measured since the sample before, or since the sampler was made.

    No reading that fails, a GPU that vanished or a disk that was pulled, ends the sampling:
    its cells stay empty.
    """

    def __init__(
        self,
        machine: Machine | None = None,
        *,
        gpus: Callable[[], Sequence[Device]] = devices,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
        root: Path = Path("/"),
        mounts: Path = Path("/mnt"),
    ) -> None:
        self._machine = machine or Machine()
        self._gpus = gpus
        self._clock = clock
        self._now = now
        self._root = root
        self._mounts = mounts
        self._cpu = self._cpu_time()
        self._looked_at = clock()
        self._spent = _spent(self._processes())

    def sample(self) -> Sample:
        """Return what the machine does now."""
        memory = _reading(self._machine.memory)
        root = _reading(lambda: self._machine.disk(self._root))
        gpus = _reading(self._gpus) or []
        used = _sum([gpu.vram_used_mb for gpu in gpus])
        total = _sum([gpu.vram_total_mb for gpu in gpus])
        return Sample(
            timestamp=self._now().isoformat(timespec="seconds"),
            cpu_cores=_reading(self._machine.cpus),
            cpu_usage_pct=self._cpu_usage(),
            ram_used_gb=_gigabytes(memory.used) if memory else None,
            ram_total_gb=_gigabytes(memory.limit) if memory else None,
            ram_pct=_percent(memory.share) if memory else None,
            vram_used_mb=used,
            vram_total_mb=total,
            vram_pct=_percent(used / total) if used is not None and total else None,
            gpu_util_pct=_highest([gpu.utilisation for gpu in gpus]),
            gpu_temp_c=_highest([gpu.temperature for gpu in gpus]),
            disk_root_used=_gigabytes(root.used) if root else None,
            disk_root_total=_gigabytes(root.total) if root else None,
            disk_root_pct=_percent(root.share) if root else None,
            disk_mnt_pct=_highest([_percent(disk.share) for disk in self._mounted()]),
            top_processes=self._top(),
        )

    def _cpu_time(self) -> CpuTime | None:
        return _reading(lambda: self._machine.cpu_time(self._clock()))

    def _cpu_usage(self) -> float | None:
        before, self._cpu = self._cpu, self._cpu_time()
        return _percent(self._cpu.usage_since(before)) if before and self._cpu else None

    def _mounted(self) -> list[Disk]:
        if not self._mounts.is_dir():
            return []
        places = self._machine.mounts(self._mounts) or [self._mounts]
        disks = [_reading(partial(self._machine.disk, place)) for place in places]
        return [disk for disk in disks if disk and disk.total]

    def _processes(self) -> list[Process]:
        return _reading(lambda: list(self._machine.processes())) or []

    def _top(self) -> str:
        """Name the busiest processes: ``name(pid) percent memory; ...``."""
        now = self._clock()
        passed, self._looked_at = now - self._looked_at, now
        every = self._processes()
        before, self._spent = self._spent, _spent(every)
        if passed <= 0:
            return ""
        busy = []
        for p in every:
            share = 100 * (p.cpu - before.get((p.pid, p.started), 0.0)) / passed
            if share >= _BUSY:
                busy.append((share, p))
        busy.sort(key=lambda pair: (-pair[0], pair[1].pid))
        return "; ".join(
            f"{_one_line(p.name)}({p.pid}) {share:.0f}% {_size(p.rss)}" for share, p in busy[:_TOP]
        )


def _spent(processes: list[Process]) -> dict[tuple[int, int], float]:
    """Return each process's processor seconds; a pid alone may have been given anew."""
    return {(p.pid, p.started): p.cpu for p in processes}


def _reading(read: Callable[[], _T]) -> _T | None:
    try:
        return read()
    except (OSError, ValueError, LookupError):
        return None


def _gigabytes(size: float) -> float:
    return round(size / GB, 2)


def _percent(share: float) -> float:
    return round(100 * share, 1)


def _size(size: int) -> str:
    return f"{size / GB:.1f}GB" if size >= GB else f"{size / MB:.0f}MB"


def _sum(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _highest(values: Sequence[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _one_line(name: str) -> str:
    return "".join(c if c.isprintable() and c != ";" else "?" for c in name)
