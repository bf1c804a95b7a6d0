"""Room for work: what is promised to items at work, against what the machine has.

What an item needs is what its recipe says, or what its stage's items needed before, whichever
is more. Measured use is the guard's affair; promises are kept here, so that two items that
will need the last gigabyte in a minute are not both begun now.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from animstudio.kernel.guard import Guard
from animstudio.kernel.machine import GB, Machine
from animstudio.kernel.work import Resources

_LOOK_EVERY = 0.05
"""Seconds that a look at the machine holds: many small items need not ask for each."""
_MARGIN = 1.1
"""What an item is expected to need, over the most that one of its stage did."""


class Lease(Protocol):
    """A claim on the memory of a graphics card, good until it is released."""

    device: str

    def release(self) -> None:
        """Give it back."""


class Leases(Protocol):
    """The book of claims on graphics cards, shared by every process of the machine."""

    def reserve(self, size: int) -> Lease | None:
        """Claim `size` bytes on some card; None when there is no room now."""

    def largest(self) -> int:
        """Return the bytes of the largest card; 0 where there is none."""


class NoDevices:
    """A machine without graphics cards."""

    def reserve(self, size: int) -> Lease | None:
        """See `Leases`."""
        return None

    def largest(self) -> int:
        """See `Leases`."""
        return 0


@dataclass(slots=True)
class Reservation:
    """What was promised to items made one after the other; `cpus` is what each may use."""

    cpus: int
    ram: int
    disk: int
    lease: Lease | None = None
    users: int = 1


@dataclass
class Room:
    """The promises of one run over one output folder.

    `slots` items are made at once at most; together they keep `cpus` processors busy (0: as
    many as there are slots).
    """

    root: Path
    guard: Guard
    slots: int
    cpus: int = 0
    leases: Leases = field(default_factory=NoDevices)
    machine: Machine = field(default_factory=Machine)
    clock: Callable[[], float] = time.monotonic
    _promised: dict[int, Reservation] = field(default_factory=dict)
    _ram: int = 0
    _disk: int = 0
    _looked: float = float("-inf")
    _verdict: str = ""
    _halved: bool = False

    def never(self, needs: Resources) -> str:
        """Say why this machine can never do such work; empty if it can."""
        memory = self.machine.memory().limit
        if needs.ram > memory:
            return f"it needs {_gb(needs.ram)} of memory, and this machine has {_gb(memory)}"
        if needs.vram > self.leases.largest():
            card = self.leases.largest()
            has = f"the largest card has {_gb(card)}" if card else "there is no graphics card"
            return f"it needs {_gb(needs.vram)} on a graphics card, and {has}"
        return ""

    def reserve(self, needs: Resources, learnt_ram: int, learnt_disk: int) -> Reservation | str:
        """Promise room to an item, or say what it waits for. Raises what the guard raises.

        With nothing else at work, an item is begun even if more was needed before than there
        is: it may need less, and waiting would be for ever.
        """
        alone = not self._promised
        if self.clock() - self._looked >= _LOOK_EVERY:
            self._look(alone)
        if self._verdict:
            return self._verdict
        if self._halved and len(self._promised) >= max(1, self.slots // 2):
            return "memory is short: half the workers rest"
        there = self.cpus or self.slots
        cpus = min(needs.cpus, there)
        ram = needs.ram or int(learnt_ram * _MARGIN)
        disk = needs.disk or int(learnt_disk * _MARGIN)
        if not alone:
            if cpus and sum(r.cpus for r in self._promised.values()) + cpus > there:
                return f"waits for {cpus} processors"
            if sum(r.ram for r in self._promised.values()) + ram > self._ram:
                return f"waits for {_gb(ram)} of memory"
            if sum(r.disk for r in self._promised.values()) + disk > self._disk:
                return f"waits for {_gb(disk)} of disk"
        lease = self.leases.reserve(needs.vram) if needs.vram else None
        if needs.vram and lease is None:
            return f"waits for {_gb(needs.vram)} on a graphics card"
        reservation = Reservation(cpus, ram, disk, lease)
        self._promised[id(reservation)] = reservation
        return reservation

    def release(self, reservation: Reservation) -> None:
        """Take a promise back, when the last of its users is done."""
        reservation.users -= 1
        if reservation.users:
            return
        self._promised.pop(id(reservation), None)
        if reservation.lease:
            reservation.lease.release()

    @property
    def promises(self) -> int:
        """How many there are now."""
        return len(self._promised)

    def _look(self, alone: bool) -> None:
        """Ask the guard; with nothing at work, see how much there is to promise."""
        self._looked = self.clock()
        verdict = self.guard.admit(in_flight=len(self._promised))
        self._verdict = verdict.reason if verdict.word == "stop" else ""
        self._halved = verdict.word == "slow"
        if alone:
            memory = self.machine.memory()
            keep = memory.limit * (1 - self.guard.spec.ram_stop)
            self._ram = int(max(0, memory.available - keep))
            free = self.machine.disk(self.root).free
            self._disk = int(max(0, free - self.guard.spec.disk_free_gb * GB))


def _gb(size: float) -> str:
    return f"{size / GB:.1f} GB"
