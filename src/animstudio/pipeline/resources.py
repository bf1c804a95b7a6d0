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

    def wish(self, needs: Resources, learnt_ram: int, learnt_disk: int) -> Resources:
        """Return what to reserve for an item: what was learnt stands in for what nobody said."""
        there = self.cpus or self.slots
        if needs.ram and needs.disk and needs.cpus <= there:
            return needs
        return needs.model_copy(
            update={
                "cpus": min(needs.cpus, there),
                "ram": needs.ram or int(learnt_ram * _MARGIN),
                "disk": needs.disk or int(learnt_disk * _MARGIN),
            }
        )

    def reserve(self, wish: Resources, ahead: Resources | None = None) -> Reservation | str:
        """Promise room to an item, or say what it waits for. Raises what the guard raises.

        With nothing else at work, an item is begun even if more was needed before than there
        is: it may need less, and waiting would be for ever. `ahead`: what another wishes that
        has waited too long; it is left the room, so that what is given back comes to be enough.
        """
        alone = not self._promised
        if self.clock() - self._looked >= _LOOK_EVERY:
            self._look(alone)
        if self._verdict:
            return self._verdict
        if self._halved and len(self._promised) >= max(1, self.slots // 2):
            return "memory is short: half the workers rest"
        if not alone and (why := self._lacks(wish, ahead)):
            return why
        lease = self.leases.reserve(wish.vram) if wish.vram else None
        if wish.vram and lease is None:
            return f"waits for {_gb(wish.vram)} on a graphics card"
        reservation = Reservation(wish.cpus, wish.ram, wish.disk, lease)
        self._promised[id(reservation)] = reservation
        return reservation

    def _lacks(self, wish: Resources, ahead: Resources | None) -> str:
        """Say what an item waits for beside those that are promised room, and who is ahead."""
        taken: list[Reservation | Resources] = list(self._promised.values())
        if ahead and ahead.vram:  # a card is others' too: only those who want one wait with it
            if wish.vram:
                return "waits for one that has waited longer for a graphics card"
        elif ahead:
            taken.append(ahead)
        there = self.cpus or self.slots
        if wish.cpus and sum(one.cpus for one in taken) + wish.cpus > there:
            return f"waits for {wish.cpus} processors"
        if sum(one.ram for one in taken) + wish.ram > self._ram:
            return f"waits for {_gb(wish.ram)} of memory"
        if sum(one.disk for one in taken) + wish.disk > self._disk:
            return f"waits for {_gb(wish.disk)} of disk"
        return ""

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
