"""What the machine really grants: memory, processors, disk and processes, container included.

A container sees the host's ``/proc`` but is killed at its control group's limit, so every
number here is the tightest of both. Version 1 and 2 of control groups are read; a group
inherits the limits of all groups above it. Roots are arguments, so tests read folders.

Sources: Linux ``Documentation/admin-guide/cgroup-v2.rst`` and ``cgroup-v1/memory.rst``,
``proc(5)``.
"""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from animstudio.kernel.cgroup import Cgroups

GB = 1024**3
"""As ``free``, ``df -h`` and ``nvidia-smi`` count, which users compare with."""

MB = 1024**2
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes: the most that may be used, and what can still be had without swapping."""

    limit: int
    available: int

    @property
    def used(self) -> int:
        """Bytes in use, files that can be dropped not counted."""
        return self.limit - self.available

    @property
    def share(self) -> float:
        """Share 0-1 in use."""
        return self.used / self.limit if self.limit else 1.0


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes of one file system; `free` is what this user may still write."""

    total: int
    used: int
    free: int

    @property
    def share(self) -> float:
        """Share 0-1 in use, as ``df`` has it: blocks kept for root count as neither."""
        return self.used / (self.used + self.free) if self.used + self.free else 1.0


@dataclass(frozen=True, slots=True)
class CpuTime:
    """Processor seconds spent and granted until now; usage is the difference of two readings."""

    busy: float
    granted: float

    def usage_since(self, before: CpuTime) -> float:
        """Return the share 0-1 used since `before`; 0 when no time has passed."""
        granted = self.granted - before.granted
        return min(1.0, max(0.0, (self.busy - before.busy) / granted)) if granted > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Process:
    """One process: resident bytes, processor seconds so far, and when it began (ticks)."""

    pid: int
    parent: int
    group: int
    name: str
    state: str
    rss: int
    cpu: float
    started: int

    @property
    def alive(self) -> bool:
        """Whether it still runs: a zombie only waits for its parent to look."""
        return self.state not in "ZX"


class Machine:
    """The machine as this process may use it."""

    def __init__(
        self, *, proc: Path = Path("/proc"), cgroup: Path = Path("/sys/fs/cgroup")
    ) -> None:
        self.proc = proc
        self._groups = Cgroups(proc, cgroup)

    def memory(self) -> Memory:
        """Return the tightest of the machine's memory and the limits of our control groups."""
        total, available = self._host_memory()
        for group in self._groups.memory():
            total = min(total, group.limit)
            available = min(available, max(0, group.limit - group.used))
        return Memory(total, min(available, total))

    def _host_memory(self) -> tuple[int, int]:
        lines = (line.split() for line in (self.proc / "meminfo").read_text().splitlines())
        kilobytes = {words[0].rstrip(":"): int(words[1]) for words in lines if len(words) > 1}
        available = kilobytes.get("MemAvailable", kilobytes.get("MemFree", 0))
        return kilobytes["MemTotal"] * 1024, available * 1024

    def cpus(self) -> int:
        """Return how many processors may work at once: affinity, and the group's quota.

        A broken quota is rounded up, as the JVM does: 1.5 processors feed two workers.
        """
        allowed = len(self._allowed())
        quota = self._groups.cpu_quota()
        return max(1, min(allowed, math.ceil(quota)) if quota else allowed)

    def _allowed(self) -> set[int]:
        with suppress(OSError, ValueError):
            for line in (self.proc / "self/status").read_text().splitlines():
                if line.startswith("Cpus_allowed_list:"):
                    return parse_cpu_list(line.partition(":")[2].strip())
        return set(range(os.cpu_count() or 1))

    def cpu_time(self, now: float) -> CpuTime:
        """Return the processor time of the processors we may use; `now` is a monotonic clock.

        Under a quota it is what our control group spent of the quota, since the machine's
        idle processors are no help to us.
        """
        quota, spent = self._groups.cpu_quota(), self._groups.cpu_seconds()
        allowed = self._allowed()
        if quota and spent is not None and quota < len(allowed):
            return CpuTime(spent, quota * now)
        busy = total = 0
        for line in (self.proc / "stat").read_text().splitlines():
            name, *ticks = line.split()
            if name.startswith("cpu") and name != "cpu" and int(name[3:]) in allowed:
                # guest time (fields 9 and 10) is already counted in user and nice
                user, nice, system, idle, iowait, *rest = (int(t) for t in ticks[:8])
                total += user + nice + system + idle + iowait + sum(rest)
                busy += user + nice + system + sum(rest)
        return CpuTime(busy / _TICKS, total / _TICKS)

    def disk(self, folder: Path) -> Disk:
        """Return the room of the file system that `folder` is on, or would be made on."""
        usage = shutil.disk_usage(nearest_existing(folder))
        return Disk(usage.total, usage.used, usage.free)

    def mounts(self, below: Path) -> list[Path]:
        """Return the writable places mounted at or below a folder."""
        places = []
        with suppress(OSError):
            for line in (self.proc / "self/mounts").read_text().splitlines():
                words = line.split()
                place = Path(words[1].replace("\\040", " "))
                if place.is_relative_to(below) and "ro" not in words[3].split(","):
                    places.append(place)
        return places

    def processes(self) -> Iterator[Process]:
        """Yield every process that can be seen; those that end meanwhile are left out."""
        for folder in self.proc.iterdir():
            if folder.name.isdigit():
                with suppress(OSError, ValueError, IndexError):
                    yield _parse_stat((folder / "stat").read_text(errors="replace"))

    def tree(self, root: int) -> list[Process]:
        """Return the process `root` and all its living descendants."""
        every = {p.pid: p for p in self.processes()}
        children: dict[int, list[Process]] = {}
        for process in every.values():
            children.setdefault(process.parent, []).append(process)
        found, waiting = [], [every[root]] if root in every else []
        while waiting:
            process = waiting.pop()
            found.append(process)
            waiting += children.get(process.pid, [])
        return found

    def tree_rss(self, root: int) -> int:
        """Return the resident bytes of a process tree; pages shared by several count each time."""
        return sum(p.rss for p in self.tree(root))


def nearest_existing(path: Path) -> Path:
    """Return the path, or its closest parent that exists."""
    path = path.absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def parse_cpu_list(text: str) -> set[int]:
    """Return the processors of a list such as ``0-3,8``."""
    cpus: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        cpus |= set(range(int(first), int(last or first) + 1))
    return cpus


def _parse_stat(text: str) -> Process:
    # The name stands in parentheses and may hold spaces and parentheses itself.
    pid, _, rest = text.partition(" (")
    name, _, tail = rest.rpartition(") ")
    f = tail.split()
    return Process(
        pid=int(pid),
        parent=int(f[1]),
        group=int(f[2]),
        name=name,
        state=f[0],
        rss=int(f[21]) * _PAGE,
        cpu=(int(f[11]) + int(f[12])) / _TICKS,
        started=int(f[19]),
    )
