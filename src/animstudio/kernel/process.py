"""A process that is still the same one: its number alone may have been given anew."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process for all time: number, start in clock ticks since boot, and which boot that was."""

    pid: int
    ticks: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> ProcessId | None:
        """Return who has this number now; None if nobody has, or only a zombie."""
        ticks = _ticks(pid)
        return None if ticks is None else cls(pid, ticks, boot_id())

    @classmethod
    def mine(cls) -> ProcessId:
        """Return this process."""
        found = cls.of(os.getpid())
        assert found is not None, "a process that asks is there"
        return found

    @property
    def alive(self) -> bool:
        """Whether it runs still."""
        return self.boot == boot_id() and _ticks(self.pid) == self.ticks


@cache
def boot_id() -> str:
    """Return which start of the machine this is; it changes with each."""
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:  # some sandboxes hide it: then the clock of the boot tells
        lines = (_PROC / "stat").read_text().splitlines()
        return next((line for line in lines if line.startswith("btime")), "")


def carrying(variable: str, value: str) -> Iterator[int]:
    """Yield the processes of this user that were started with ``variable=value``."""
    wanted = f"{variable}={value}".encode()
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                if wanted in (folder / "environ").read_bytes().split(b"\0"):
                    yield int(folder.name)


def _ticks(pid: int) -> int | None:
    """Return when a living process began; see proc(5), fields 3 and 22 of ``stat``."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    state, *fields = text.rpartition(") ")[2].split()
    return None if state in "ZX" else int(fields[18])
