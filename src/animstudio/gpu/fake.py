"""GPUs that exist only for tests and trials: ``2x16G``, or ``24G,16G:6G`` with 6 GB in use."""

from __future__ import annotations

import re
from dataclasses import dataclass

from animstudio.gpu.device import MB, Device
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.sizes import parse_size

_CARD = re.compile(r"(?:(\d{1,2})x)?([^:,]+)(?::([^:,]+))?")


@dataclass(frozen=True, slots=True)
class FakeCard:
    """A card of `total` bytes, of which somebody uses `used`."""

    total: int
    used: int = 0

    @classmethod
    def parse(cls, text: str) -> list[FakeCard]:
        """Return the cards of ``COUNTxSIZE:USED,...``; count and use may be left out.

        Raises AskedWrongly for anything else.
        """
        cards: list[FakeCard] = []
        for part in text.split(","):
            found = _CARD.fullmatch(part.strip())
            try:
                if not found:
                    raise ValueError
                sizes = [parse_size(found[number] or "0") for number in (2, 3)]
                total, used = (size for size in sizes if isinstance(size, int))
            except ValueError:
                raise AskedWrongly(
                    f"fake_gpus: '{part.strip()}' is no card; write 2x16G, or 16G:6G with 6 GB used"
                ) from None
            cards += [cls(total, used)] * int(found[1] or 1)
        return cards

    def device(self, index: int) -> Device:
        """Return the card as a look at the machine would."""
        return Device(
            index=index,
            name=f"fake GPU {self.total // MB // 1024} GB",
            uuid=f"GPU-fake-{index:04}",
            vram_used_mb=self.used // MB,
            vram_total_mb=self.total // MB,
            utilisation=0.0,
            temperature=40.0,
            power=15.0,
            fake=True,
        )
