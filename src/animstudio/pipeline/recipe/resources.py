"""What a stage says it needs, and whether this machine has it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from animstudio.gpu.devices import Device
from animstudio.kernel.machine import GB, MB, Machine
from animstudio.kernel.spec import Spec

_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([KMGT])?(?:i?B)?", re.IGNORECASE)
_UNITS = {"": 1, "K": 1024, "M": MB, "G": GB, "T": 1024 * GB}


def parse_size(value: object) -> object:
    """Return the bytes of a text such as ``7G``, ``512M`` or ``1.5 GiB``; units of 1024.

    What is no text is returned as it is. Raises ValueError.
    """
    if not isinstance(value, str):
        return value
    found = _SIZE.fullmatch(value.strip())
    if not found:
        raise ValueError("write a size as 7G or 512M")
    return int(float(found[1]) * _UNITS[(found[2] or "").upper()])


def size_text(size: int) -> str:
    """Return bytes as a person would write them: ``7G``, ``512M``."""
    for unit in "TGM":
        if size >= _UNITS[unit]:
            return f"{size / _UNITS[unit]:.1f}".removesuffix(".0") + unit
    return f"{size} bytes" if size != 1 else "1 byte"


Size = Annotated[
    int,
    BeforeValidator(parse_size),
    Field(ge=0),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]"}]}
    ),
]


class Resources(Spec):
    """What a stage needs while it works."""

    cpus: Annotated[int, Field(ge=1)] = 1
    """Processors."""
    ram: Size = 0
    """Memory in bytes, or as 7G."""
    vram: Size = 0
    """Memory of one GPU in bytes, or as 7G."""
    disk: Size = 0
    """Free disk in bytes, or as 40G."""


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
