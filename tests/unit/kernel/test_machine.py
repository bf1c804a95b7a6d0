"""The machine's facts, read from folders that look like /proc and /sys/fs/cgroup."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from animstudio.kernel.machine import GB, MB, CpuTime, Disk, Machine, parse_cpu_list

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


def write(root: Path, files: dict[str, object]) -> Path:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n")
    return root


def proc(tmp_path: Path, *, groups: str = "0::/", cpus: str = "0-7") -> Path:
    stat = "\n".join(["cpu  0 0 0 0 0 0 0 0 0 0", *(f"cpu{i} 100 0 0 100 0 0 0" for i in range(8))])
    return write(
        tmp_path / "proc",
        {
            "meminfo": f"MemTotal: {64 * GB // 1024} kB\nMemAvailable: {40 * GB // 1024} kB",
            "self/cgroup": groups,
            "self/status": f"Name:\tx\nCpus_allowed_list:\t{cpus}",
            "stat": stat,
        },
    )


def test_without_limits_the_host_counts(tmp_path: Path) -> None:
    machine = Machine(proc=proc(tmp_path), cgroup=tmp_path / "none")
    memory = machine.memory()
    assert (memory.limit, memory.available) == (64 * GB, 40 * GB)
    assert memory.used == 24 * GB
    assert memory.share == pytest.approx(0.375)
    assert machine.cpus() == 8


def test_version_2_limit_of_a_parent_holds(tmp_path: Path) -> None:
    cgroup = write(
        tmp_path / "cgroup",
        {
            "cgroup.controllers": "cpu memory",
            "a/memory.max": 8 * GB,
            "a/memory.current": 7 * GB,
            "a/memory.stat": f"anon 1\ninactive_file {2 * GB}",
            "a/cpu.max": "150000 100000",
            "a/b/memory.max": "max",
            "a/b/memory.high": "max",
            "a/b/memory.current": GB,
            "a/b/cpu.max": "max 100000",
        },
    )
    machine = Machine(proc=proc(tmp_path, groups="0::/a/b"), cgroup=cgroup)
    memory = machine.memory()
    assert (memory.limit, memory.available) == (8 * GB, 3 * GB)
    assert machine.cpus() == 2  # one and a half, rounded up


def test_version_2_high_mark_is_the_limit(tmp_path: Path) -> None:
    cgroup = write(
        tmp_path / "cgroup",
        {
            "cgroup.controllers": "memory",
            "memory.max": 8 * GB,
            "memory.high": 6 * GB,
            "memory.current": 5 * GB,
        },
    )
    memory = Machine(proc=proc(tmp_path), cgroup=cgroup).memory()
    assert (memory.limit, memory.available) == (6 * GB, GB)


def test_version_1_in_a_container_whose_group_name_is_the_hosts(tmp_path: Path) -> None:
    cgroup = write(
        tmp_path / "cgroup",
        {
            "memory/memory.limit_in_bytes": 4 * GB,
            "memory/memory.usage_in_bytes": 3 * GB,
            "memory/memory.stat": f"total_inactive_file {GB}",
            "cpu/cpu.cfs_quota_us": 200000,
            "cpu/cpu.cfs_period_us": 100000,
            "cpu/cpuacct.usage": 5_000_000_000,
        },
    )
    groups = "4:memory:/docker/0123\n3:cpu,cpuacct:/docker/0123\n0::/"
    machine = Machine(proc=proc(tmp_path, groups=groups), cgroup=cgroup)
    memory = machine.memory()
    assert (memory.limit, memory.available) == (4 * GB, 2 * GB)
    assert machine.cpus() == 2
    assert machine.cpu_time(10.0) == CpuTime(busy=5.0, granted=20.0)


def test_version_1_no_limit_is_a_huge_number(tmp_path: Path) -> None:
    cgroup = write(
        tmp_path / "cgroup",
        {
            "memory/memory.limit_in_bytes": 9223372036854771712,
            "memory/memory.usage_in_bytes": GB,
            "cpu/cpu.cfs_quota_us": -1,
            "cpu/cpu.cfs_period_us": 100000,
        },
    )
    machine = Machine(proc=proc(tmp_path, groups="4:memory:/\n1:cpu:/"), cgroup=cgroup)
    assert machine.memory().limit == 64 * GB
    assert machine.cpus() == 8


def test_version_2_quota_decides_what_full_use_is(tmp_path: Path) -> None:
    cgroup = write(
        tmp_path / "cgroup",
        {
            "cgroup.controllers": "cpu",
            "cpu.max": "200000 100000",
            "cpu.stat": "usage_usec 6000000",
        },
    )
    machine = Machine(proc=proc(tmp_path), cgroup=cgroup)
    assert machine.cpu_time(100.0) == CpuTime(busy=6.0, granted=200.0)


def test_only_our_processors_count(tmp_path: Path) -> None:
    machine = Machine(proc=proc(tmp_path, cpus="1,3"), cgroup=tmp_path / "none")
    assert machine.cpus() == 2
    time = machine.cpu_time(0.0)
    assert (time.busy, time.granted) == (200 / TICKS, 400 / TICKS)


def test_usage_is_the_difference_of_two_readings() -> None:
    before = CpuTime(10.0, 100.0)
    assert CpuTime(15.0, 110.0).usage_since(before) == 0.5
    assert CpuTime(30.0, 110.0).usage_since(before) == 1.0  # counters are not read at one instant
    assert before.usage_since(before) == 0.0


def test_cpu_lists() -> None:
    assert parse_cpu_list("0-3,8") == {0, 1, 2, 3, 8}


def test_tree_of_processes(tmp_path: Path) -> None:
    def stat(pid: int, parent: int, pages: int, name: str = "x", state: str = "S") -> str:
        fields = [state, parent, pid, *[0] * 8, 150, 50, *[0] * 6, 7, 0, pages]
        return f"{pid} ({name}) " + " ".join(map(str, fields))

    root = write(
        tmp_path / "proc",
        {
            "1/stat": stat(1, 0, 1),
            "10/stat": stat(10, 1, 2, "a (b) c"),
            "11/stat": stat(11, 10, 4),
            "12/stat": stat(12, 11, 8, state="Z"),
            "20/stat": stat(20, 1, 16),
            "30/stat": "torn",
        },
    )
    machine = Machine(proc=root)
    assert machine.tree_rss(10) == (2 + 4 + 8) * PAGE
    by_pid = {p.pid: p for p in machine.tree(10)}
    assert set(by_pid) == {10, 11, 12}
    assert by_pid[10].name == "a (b) c"
    assert by_pid[10].cpu == 200 / TICKS
    assert by_pid[10].started == 7
    assert not by_pid[12].alive
    assert machine.tree(99) == []


def test_disk_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    here, there = Machine().disk(tmp_path), Machine().disk(tmp_path / "not" / "yet")
    assert here.total == there.total > 0
    assert Disk(total=100, used=40, free=50).share == pytest.approx(40 / 90)


def test_mounts_are_the_writable_ones(tmp_path: Path) -> None:
    lines = (
        "/dev/sda / ext4 rw 0 0",
        "C: /mnt/c 9p rw,noatime 0 0",
        "D: /mnt/my\\040disk 9p rw 0 0",
        "/dev/sr0 /mnt/iso iso9660 ro 0 0",
        "x /mntother tmpfs rw 0 0",
    )
    root = write(tmp_path / "proc", {"self/mounts": "\n".join(lines)})
    places = Machine(proc=root).mounts(Path("/mnt"))
    assert places == [Path("/mnt/c"), Path("/mnt/my disk")]


def test_on_this_machine() -> None:
    machine = Machine()
    memory = machine.memory()
    assert 0 < memory.available <= memory.limit
    assert 1 <= machine.cpus() <= (os.cpu_count() or 1)
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.pid in {p.pid for p in machine.tree(os.getpid())}
        child.communicate(b"\n")
    assert machine.tree_rss(os.getpid()) > 5 * MB
