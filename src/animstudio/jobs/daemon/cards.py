"""The graphics cards: how the scheduler sees them, and what is claimed of them for attempts.

An attempt's token is that of its leases, too. The daemon claims them before anything begins;
its shim makes them its own before the job does (``shim.attend``), so they end when the daemon
frees them or, if that died, when nothing of the attempt lives any more.
"""

from __future__ import annotations

from collections.abc import Collection

from animstudio.gpu.book import Book
from animstudio.gpu.claims import NoRoom
from animstudio.gpu.standing import Standing, used_by
from animstudio.jobs.job import Attempt
from animstudio.jobs.schedule.state import Device
from animstudio.jobs.store.writing import Taken
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.process import ProcessId


class Cards:
    """The cards of this machine, through the lease book that all processes share.

    spare: bytes of each that are never promised: contexts of the driver, the desktop.
    seen:  the cards at the last look; `used`, what the work of each lease used then.
    """

    def __init__(self, book: Book, spare: int) -> None:
        self.book, self.spare = book, spare
        self.seen: tuple[Device, ...] = ()
        self.used: dict[str, int] = {}

    def look(self, ours: Collection[str]) -> tuple[Device, ...]:
        """Return the cards as they are; `ours` are the tokens of attempts at work."""
        standings = self.book.standings()
        self.used = used_by(standings) if ours else {}
        self.seen = tuple(_device(standing, ours, self.spare) for standing in standings)
        return self.seen

    def claim(self, attempt: Attempt, what: str) -> None:
        """Claim an attempt's cards. Raises Taken where somebody else was faster."""
        if attempt.devices:
            size = attempt.vram or None
            try:
                self.book.claim(
                    dict.fromkeys(attempt.devices, size), what, token=attempt.token,
                    holder=ProcessId.mine(),
                )  # fmt: skip
            except (NoRoom, AskedWrongly) as error:  # it is in use, or gone
                raise Taken from error

    def release(self, attempt: Attempt) -> None:
        """Give back what an attempt held."""
        if attempt.devices:
            self.book.release(attempt.token)


def _device(standing: Standing, ours: Collection[str], spare: int) -> Device:
    card = standing.device
    foreign = [lease for lease in standing.leases if lease.token not in ours]
    who = [f"{lease.what} (process {lease.holder.pid})" for lease in foreign]
    if standing.strangers:
        who.append("processes outside the studio")
    return Device(
        card.uuid, card.index, max(0, card.total - spare),
        standing.strangers + sum(lease.size or 0 for lease in foreign),
        any(lease.size is None for lease in foreign), ", ".join(who), card.fake,
    )  # fmt: skip
