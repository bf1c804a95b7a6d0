"""Linux control groups, version 1 and 2: what a container grants this process.

The group of a process is named in ``/proc/self/cgroup``. In a container that name may be the
host's, under which nothing is mounted; then the mount itself is our group. Limits hold for
all groups from ours up to the mount.

Sources: Linux ``Documentation/admin-guide/cgroup-v2.rst``, ``cgroup-v1/memory.rst``,
``scheduler/sched-bwc.rst``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_UNLIMITED = 1 << 60
"""Version 1 writes "no limit" as a huge number, the largest multiple of the page size."""


@dataclass(frozen=True, slots=True)
class GroupMemory:
    """Bytes: a group's limit and what it uses, without files that the kernel can drop."""

    limit: int
    used: int


class Cgroups:
    """The control groups of this process."""

    def __init__(self, proc: Path, root: Path) -> None:
        self._proc = proc
        self._root = root
        self._unified = (root / "cgroup.controllers").exists()

    def memory(self) -> Iterator[GroupMemory]:
        """Yield every group above us that limits memory, ours first."""
        for group in self._chain("memory"):
            if self._unified:
                # Above memory.high processes are throttled to a crawl: to us it is the limit.
                limits = [_number(group / "memory.max"), _number(group / "memory.high")]
                used, reclaimable = "memory.current", "inactive_file"
            else:
                limits = [_number(group / "memory.limit_in_bytes")]
                used, reclaimable = "memory.usage_in_bytes", "total_inactive_file"
            limit = min((n for n in limits if n is not None), default=_UNLIMITED)
            current = _number(group / used)
            if limit < _UNLIMITED and current is not None:
                droppable = _table(group / "memory.stat").get(reclaimable, 0)
                yield GroupMemory(limit, max(0, current - droppable))

    def cpu_quota(self) -> float | None:
        """Return the processors' worth of time granted, or None without a quota."""
        quotas = [self._quota(group) for group in self._chain("cpu")]
        return min((q for q in quotas if q is not None), default=None)

    def _quota(self, group: Path) -> float | None:
        if self._unified:
            granted, _, every = _text(group / "cpu.max").partition(" ")
            quota, period = _int(granted), _int(every)
        else:
            quota = _number(group / "cpu.cfs_quota_us")
            period = _number(group / "cpu.cfs_period_us")
        return quota / period if quota and period and quota > 0 else None

    def cpu_seconds(self) -> float | None:
        """Return the processor seconds spent in the group that the quota is set for."""
        for group in self._chain("cpu"):
            if self._quota(group) is None:
                continue
            if self._unified:
                microseconds = _table(group / "cpu.stat").get("usage_usec")
                return None if microseconds is None else microseconds / 1e6
            # The two controllers are mounted as one nearly everywhere.
            nanoseconds = _number(group / "cpuacct.usage")
            return None if nanoseconds is None else nanoseconds / 1e9
        return None

    def _chain(self, controller: str) -> Iterator[Path]:
        """Yield our group's folder and those above it, as far as they are mounted."""
        mount = self._root if self._unified else self._root / controller
        name = self._name(controller)
        group = mount / name.lstrip("/") if ".." not in name else mount
        while group != mount:
            if group.is_dir():
                yield group
            group = group.parent
        if mount.is_dir():
            yield mount

    def _name(self, controller: str) -> str:
        for line in _text(self._proc / "self/cgroup").splitlines():
            number, controllers, name = line.split(":", 2)
            if (number == "0") if self._unified else (controller in controllers.split(",")):
                return name
        return "/"


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _int(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:  # "max", or nothing at all
        return None


def _number(path: Path) -> int | None:
    return _int(_text(path))


def _table(path: Path) -> dict[str, int]:
    rows = (line.split() for line in _text(path).splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}
