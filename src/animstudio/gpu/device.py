"""One GPU, whoever told of it."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1024**2


@dataclass(frozen=True, slots=True)
class Process:
    """A process that uses a GPU, and how many bytes of it; 0 where the driver hides that."""

    pid: int
    used: int


@dataclass(frozen=True, slots=True)
class Device:
    """One GPU. Memory in MB of 2^20 bytes, use in percent, temperature in Celsius, power in watts.

    A number is None where the device does not tell it (a slice of a shared GPU, for example).
    `fake` ones exist only for tests, and their name says so.
    """

    index: int
    name: str
    uuid: str
    vram_used_mb: int | None
    vram_total_mb: int | None
    utilisation: float | None
    temperature: float | None
    power: float | None = None
    processes: tuple[Process, ...] = ()
    fake: bool = False

    @property
    def used(self) -> int:
        """Bytes in use; 0 where nobody can tell."""
        return (self.vram_used_mb or 0) * MB

    @property
    def total(self) -> int:
        """Bytes in all; 0 where nobody can tell."""
        return (self.vram_total_mb or 0) * MB
