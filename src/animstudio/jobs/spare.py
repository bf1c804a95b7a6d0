"""What of this machine jobs are never promised."""

from __future__ import annotations

from dataclasses import dataclass

from animstudio.kernel.settings import Settings


@dataclass(frozen=True, slots=True)
class Spare:
    """Bytes of each card, and of main memory, that jobs are never promised.

    The driver's contexts, the desktop, the daemon and the page cache need some.
    """

    vram: int
    memory: int

    @classmethod
    def of(cls, settings: Settings) -> Spare:
        """Return what the settings say."""
        return cls(settings.spare_vram, settings.spare_memory)
