"""The guard: room is checked before work, watched during it, and its actions are real.

Memory and disk are what our container grants (see `machine`). Between "go" and "stop" lies
"slow": the caller halves its workers or batch. A level is left only when the reading has
eased a little under its threshold, so that the verdict does not flutter around it.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from animstudio.kernel.errors import AskedWrongly, OutOfRoom
from animstudio.kernel.events import Event
from animstudio.kernel.machine import GB, Disk, Machine, Memory, nearest_existing
from animstudio.kernel.spec import RUNTIME, Share, Spec

Gigabytes = Annotated[float, Field(ge=0)]
Level = Literal["ok", "warn", "slow", "stop"]
_Steps = tuple[tuple[float, Level], ...]
_RANK: dict[Level, int] = {"ok": 0, "warn": 1, "slow": 2, "stop": 3}
_EASE = 0.03
"""A level is left when the reading is this share of the whole under its threshold."""


class GuardSpec(Spec):
    """When memory or disk runs short, and what is done then."""

    ram_warn: Annotated[Share, RUNTIME] = 0.70
    """Share of the memory in use at which a warning is given."""
    ram_slow: Annotated[Share, RUNTIME] = 0.80
    """Share of the memory in use at which work slows down."""
    ram_stop: Annotated[Share, RUNTIME] = 0.90
    """Share of the memory in use at which no new work is begun."""
    disk_free_gb: Annotated[Gigabytes, RUNTIME] = 10.0
    """Gigabytes that must stay free on the disk that is written to."""
    process_rss_gb: Annotated[Gigabytes | None, RUNTIME] = None
    """Gigabytes that this process and its children may hold together; none: no limit."""

    @model_validator(mode="after")
    def _in_order(self) -> GuardSpec:
        if not self.ram_warn <= self.ram_slow <= self.ram_stop:
            raise ValueError("ram_warn, ram_slow and ram_stop must rise in this order")
        return self


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether new work may begin, and why not."""

    level: Level
    reason: str

    @property
    def word(self) -> Literal["go", "slow", "stop"]:
        """What to do: begin it, begin it with half the workers, or wait and ask again."""
        return "go" if self.level in ("ok", "warn") else self.level  # type: ignore[return-value]


class GuardChanged(Event):
    """The guard's verdict is another one than before."""

    type: Literal["guard.changed"] = "guard.changed"
    level: Level
    before: Level
    reason: str


@dataclass(frozen=True)
class Readings:
    """What the guard looks at; tests give their own."""

    memory: Callable[[], Memory]
    disk: Callable[[Path], Disk]
    rss: Callable[[], int]

    @classmethod
    def of(cls, machine: Machine) -> Readings:
        """Return the readings of this process on a machine."""
        return cls(machine.memory, machine.disk, lambda: machine.tree_rss(os.getpid()))


class Guard:
    """Watches the room that work in `folder` has; `emit` takes each change of verdict."""

    def __init__(
        self,
        folder: Path,
        spec: GuardSpec,
        *,
        readings: Readings | None = None,
        emit: Callable[[Event], object] = lambda event: None,
    ) -> None:
        self.folder = folder
        self.spec = spec
        self._read = readings or Readings.of(Machine())
        self._emit = emit
        self._levels: dict[str, Level] = {}
        self._verdict = Verdict("ok", "nothing was looked at yet")

    def check_before(self, *, disk: int = 0, memory: int = 0) -> None:
        """Check, before work, that the folder can be written and that there is room.

        `disk` and `memory` are bytes that the work is known to need.

        Raises:
            AskedWrongly: the folder cannot be made or written.
            OutOfRoom: disk or memory is short; says what there is, what is needed, and which
                setting decides.
        """
        check_writable(self.folder)
        free, keep = self._read.disk(self.folder).free, self.spec.disk_free_gb * GB
        if free < disk + keep:
            need = f"{_gb(disk)} for the work and " if disk else ""
            raise OutOfRoom(
                f"{self.folder}: {_gb(free)} of disk free, but needed are {need}"
                f"{_gb(keep)} that must stay free",
                hint="free some space, write to another disk, or lower --disk-free-gb",
            )
        room = self._read.memory()
        if room.share >= self.spec.ram_stop or room.available < memory:
            need = f"the work needs {_gb(memory)}, and " if memory else ""
            raise OutOfRoom(
                f"{_gb(room.available)} of {_gb(room.limit)} memory free, but {need}"
                f"no work begins at {self.spec.ram_stop:.0%} in use",
                hint="close other programs, use fewer --workers, or raise --ram-stop",
            )

    def admit(self, *, in_flight: int = 1) -> Verdict:
        """Say whether a new piece of work may begin now; call it before each.

        `in_flight` is how many pieces are being worked on. Waiting cannot lower our own
        memory when nothing is, so then a broken `process_rss_gb` is an error.

        Raises:
            OutOfRoom: nothing is in flight, and this process alone holds more than its limit.
        """
        disk, memory, own = self._disk(), self._memory(), self._own_memory()
        verdict = max((disk, memory, own), key=lambda v: _RANK[v.level])
        if verdict.level != self._verdict.level:
            self._emit(
                GuardChanged(level=verdict.level, before=self._verdict.level, reason=verdict.reason)
            )
        self._verdict = verdict
        if own.level == "stop" and in_flight == 0:
            raise OutOfRoom(
                f"{own.reason}, and nothing is in work that could give memory back",
                hint="raise --process-rss-gb",
            )
        return verdict

    def _memory(self) -> Verdict:
        room, spec = self._read.memory(), self.spec
        steps: _Steps = (
            (spec.ram_stop, "stop"),
            (spec.ram_slow, "slow"),
            (spec.ram_warn, "warn"),
        )
        level, limit = self._level("ram", room.share, steps)
        why = f"; --ram-{level} is {limit:.0%}" if level != "ok" else ""
        free = f"{_gb(room.available)} of {_gb(room.limit)} free"
        return Verdict(level, f"memory is {room.share:.0%} full ({free}){why}")

    def _disk(self) -> Verdict:
        free, keep = self._read.disk(self.folder).free, self.spec.disk_free_gb * GB
        fullness = keep / max(free, 1) if keep else 0.0
        level, _ = self._level("disk", fullness, ((1.0, "stop"),))
        text = f"{_gb(free)} of disk free at {self.folder}; --disk-free-gb keeps {_gb(keep)}"
        return Verdict(level, text)

    def _own_memory(self) -> Verdict:
        if self.spec.process_rss_gb is None:
            return Verdict("ok", "no limit is set for this process")
        limit, rss = self.spec.process_rss_gb * GB, self._read.rss()
        level, _ = self._level("rss", rss / max(limit, 1), ((1.0, "stop"),))
        return Verdict(
            level,
            f"this process and its children hold {_gb(rss)} of memory; "
            f"--process-rss-gb is {_gb(limit)}",
        )

    def _level(self, what: str, reading: float, steps: _Steps) -> tuple[Level, float]:
        """Return the level of a reading and its threshold; `steps` come highest first."""
        before = self._levels.get(what, "ok")
        found: tuple[Level, float] = ("ok", steps[-1][0])
        for limit, level in steps:
            held = _RANK[before] >= _RANK[level]
            if reading >= (limit - _EASE if held else limit):
                found = (level, limit)
                break
        self._levels[what] = found[0]
        return found


def check_writable(folder: Path) -> None:
    """Check that a file can be written into a folder, or where the folder would be made.

    A file is really made: permission bits tell nothing on read-only and foreign disks.
    """
    place = nearest_existing(folder)
    if not place.is_dir():
        where = f"{folder}: " if place != folder else ""
        raise AskedWrongly(f"{where}{place} is a file, and not a folder")
    try:
        with tempfile.TemporaryFile(dir=place) as probe:
            probe.write(b"?")
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OutOfRoom(f"{folder}: the disk is full", hint="free some space") from error
        raise AskedWrongly(f"{folder}: cannot write here: {error.strerror}") from error


def _gb(size: float) -> str:
    return f"{size / GB:.1f} GB"
