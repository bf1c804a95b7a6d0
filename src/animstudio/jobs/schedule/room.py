"""What is free: cards, processors, memory; and where a job would be put."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from animstudio.jobs.schedule.state import Device, Host, Need, Running, Uuid
from animstudio.kernel.sizes import size_text


@dataclass(slots=True)
class Card:
    """One graphics card: bytes in all and free, the jobs on it, and who may not come.

    total: less what others use.
    alone: whether a job has it to itself.
    """

    index: int
    total: int
    free: int
    users: int = 0
    alone: bool = False
    shut: bool = False
    strangers: bool = False

    def takes(self, need: Need) -> bool:
        """Whether a job may be put here now."""
        if self.shut or self.alone:
            return False
        if need.shared:
            return need.vram <= self.free
        return not self.users and not self.strangers and need.vram <= self.total


@dataclass(slots=True)
class Room:
    """What is free on the whole machine."""

    cards: dict[Uuid, Card]
    cpus: int
    memory: int

    @classmethod
    def of(
        cls, host: Host, devices: Iterable[Device], running: Iterable[Running], tolerated: int
    ) -> Room:
        """Return what running jobs and others leave."""
        cards = {
            d.uuid: Card(d.index, d.total - d.others, d.total - d.others,
                         shut=d.shut, strangers=d.others > tolerated)
            for d in devices
        }  # fmt: skip
        room = cls(cards, host.cpus, host.memory)
        for job in running:
            room.take(job.need, job.devices, job.vram)
        return room

    def copy(self) -> Room:
        """Return a room to try things in."""
        cards = {uuid: replace(card) for uuid, card in self.cards.items()}
        return Room(cards, self.cpus, self.memory)

    def place(self, need: Need, later: Room | None = None) -> tuple[Uuid, ...] | None:
        """Return the cards for a job, () where it needs none; None when there is no room.

        A shared job goes where it leaves least, so that whole cards stay free for those who
        need one. With `later` there must be room then as well.
        """
        if not self._seats(need) or (later and not later._seats(need)):
            return None
        if not need.gpus:
            return ()
        fit = [
            (card.free if need.shared else card.total, card.index, uuid)
            for uuid, card in self.cards.items()
            if card.takes(need) and (later is None or later.cards[uuid].takes(need))
        ]
        if len(fit) < need.gpus:
            return None
        return tuple(uuid for _, _, uuid in sorted(fit)[: need.gpus])

    def take(self, need: Need, devices: Iterable[Uuid], vram: int) -> None:
        """Let a job have its part."""
        self._count(need, devices, vram, 1)

    def give(self, need: Need, devices: Iterable[Uuid], vram: int) -> None:
        """Take a job's part back."""
        self._count(need, devices, vram, -1)

    def lacks(self, need: Need) -> str:
        """Return what there is not enough of for a job, in words; empty if there is room."""
        if need.cpus > self.cpus:
            return f"{need.cpus} processors" if need.cpus > 1 else "a processor"
        if need.memory > self.memory:
            return f"{size_text(need.memory)} of memory"
        if self.place(need) is not None:
            return ""
        cards = "a graphics card" if need.gpus == 1 else f"{need.gpus} graphics cards"
        if need.shared:
            return f"{size_text(need.vram)} on {cards}"
        return f"{cards} of its own" + (f" with {size_text(need.vram)}" if need.vram else "")

    def _seats(self, need: Need) -> bool:
        return need.cpus <= self.cpus and need.memory <= self.memory

    def _count(self, need: Need, devices: Iterable[Uuid], vram: int, sign: int) -> None:
        self.cpus -= sign * need.cpus
        self.memory -= sign * need.memory
        for uuid in devices:
            card = self.cards.get(uuid)
            if card is None:  # it fell off the bus under its job
                continue
            card.users += sign
            if need.shared:
                card.free -= sign * vram
            else:
                card.alone = sign > 0


def largest_share(gpus: int, devices: Iterable[Device]) -> int:
    """Return the bytes that each of so many cards can ever give; 0 where there are fewer."""
    totals = sorted((device.total for device in devices), reverse=True)
    return totals[gpus - 1] if 0 < gpus <= len(totals) else 0


def could_ever(need: Need, host: Host, devices: Iterable[Device]) -> bool:
    """Whether the machine could run such a job with nobody else on it."""
    whole = (replace(device, others=0, shut=False) for device in devices)
    return Room.of(host, whole, (), 0).place(need) is not None
