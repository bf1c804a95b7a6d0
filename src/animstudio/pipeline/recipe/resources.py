"""What a stage says it needs, and whether this machine has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from animstudio.kernel.machine import MB, Machine
from animstudio.kernel.sizes import size_text
from animstudio.kernel.work import Resources

if TYPE_CHECKING:  # most recipes need no card, and their driver is slow to load
    from animstudio.gpu.device import Device


@dataclass(frozen=True, slots=True)
class Capacity:
    """The most a stage can ever get here: processors, and bytes of memory, one GPU and disk."""

    cpus: int
    ram: int
    vram: int
    disk: int


def capacity_of(machine: Machine, folder: Path, devices: Iterable[Device]) -> Capacity:
    """Return what the machine has in all, not what is free this minute, disk excepted."""
    vram = max((device.vram_total_mb or 0 for device in devices), default=0)
    return Capacity(
        cpus=machine.cpus(),
        ram=machine.memory().limit,
        vram=vram * MB,
        disk=machine.disk(folder).free,
    )


def too_much(needs: Resources, capacity: Capacity) -> list[tuple[str, str]]:
    """Return what cannot be met: the name of each need, and a sentence."""
    found = []
    if needs.cpus > capacity.cpus:
        found.append(("cpus", f"{needs.cpus} processors, and this machine has {capacity.cpus}"))
    for name, what in (("ram", "memory"), ("vram", "GPU memory"), ("disk", "free disk")):
        wanted, here = getattr(needs, name), getattr(capacity, name)
        if wanted > here:
            has = f"has {size_text(here)}" if here else "has none"
            found.append((name, f"{size_text(wanted)} of {what}, and this machine {has}"))
    return found
