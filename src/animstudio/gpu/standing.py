"""How a card stands: what is claimed of it, by whom, and what strangers use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from animstudio.gpu.device import Device
from animstudio.kernel.machine import Machine
from animstudio.kernel.process import ProcessId
from animstudio.kernel.sizes import size_text

TOLERATED: Final = 1 << 30
"""Bytes that strangers may use of a card that somebody claims whole: a desktop needs some."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A claim on one card: `size` bytes, or the whole (None). `parent`: the lease it is within."""

    token: str
    device: str
    size: int | None
    holder: ProcessId
    since: float
    what: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A card, the leases on it (nested ones left out), and strangers' use in bytes."""

    device: Device
    leases: tuple[Lease, ...]
    strangers: int

    @property
    def shut(self) -> bool:
        """Whether somebody holds the whole card."""
        return any(lease.size is None for lease in self.leases)

    @property
    def free(self) -> int:
        """Bytes that can be claimed now."""
        claimed = sum(lease.size or 0 for lease in self.leases)
        return 0 if self.shut else max(0, self.device.total - claimed - self.strangers)

    def takes(self, size: int | None) -> bool:
        """Whether a claim fits now; None asks for the whole card."""
        if size is None:
            return not self.leases and self.strangers <= TOLERATED
        return not self.shut and size <= self.free

    def refusal(self, size: int | None) -> str:
        """Say why a claim does not fit."""
        held = [
            f"{lease.what} (process {lease.holder.pid}) "
            + ("holds all of it" if lease.size is None else f"holds {size_text(lease.size)}")
            for lease in self.leases
        ]
        if self.strangers:
            held.append(f"others use {size_text(self.strangers)}")
        wanted = "is not free as a whole" if size is None else f"has no {size_text(size)} free"
        name = f"card {self.device.index} ({self.device.name})"
        return f"{name} {wanted}: " + (", ".join(held) or f"it has {size_text(self.device.total)}")


def stand(
    devices: Sequence[Device], leases: Iterable[Lease], machine: Machine | None = None
) -> list[Standing]:
    """Return how each card stands.

    Ours is what the holders' process trees use. Where the driver does not tell who uses what,
    as in a container, leases are taken to be used up to their size.
    """
    outer = [lease for lease in leases if lease.parent is None]
    ours = _trees({lease.holder.pid for lease in outer}, machine or Machine()) if outer else set()
    return [_stand(device, outer, ours) for device in devices]


def used_by(standings: Iterable[Standing], machine: Machine | None = None) -> dict[str, int]:
    """Return, by token, the bytes that the work of each lease uses on its fullest card.

    Leases whose use the driver does not tell, as in a container, are left out.
    """
    machine = machine or Machine()
    found: dict[str, int] = {}
    for standing in standings:
        for lease in standing.leases:
            tree = _trees({lease.holder.pid}, machine)
            used = sum(p.used for p in standing.device.processes if p.pid in tree)
            if used:
                found[lease.token] = max(used, found.get(lease.token, 0))
    return found


def fit(standings: Sequence[Standing], size: int | None, count: int) -> list[Standing] | None:
    """Return the cards where a claim leaves least; None when it does not fit on so many."""
    found = [standing for standing in standings if standing.takes(size)]
    found.sort(key=lambda standing: (standing.free, standing.device.index))
    return found[:count] if len(found) >= count else None


def _stand(device: Device, outer: list[Lease], ours: set[int]) -> Standing:
    here = tuple(lease for lease in outer if lease.device == device.uuid)
    known = sum(process.used for process in device.processes if process.pid in ours)
    if here and not known:
        told = any(process.used for process in device.processes)
        known = 0 if told else sum(lease.size or device.total for lease in here)
    if device.fake:  # nobody really works on it: what is in use is strangers' by definition
        known = 0
    return Standing(device, here, max(0, device.used - known))


def _trees(roots: set[int], machine: Machine) -> set[int]:
    """Return the processes and all that descend from them; one pass over the machine's."""
    children: dict[int, list[int]] = {}
    for process in machine.processes():
        children.setdefault(process.parent, []).append(process.pid)
    found, waiting = set(roots), list(roots)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found
