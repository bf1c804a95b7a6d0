"""Graphics cards for the items of a run: claims in the book that the whole machine shares."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from animstudio.gpu.book import Book
from animstudio.gpu.claims import NoRoom
from animstudio.pipeline.resources import Lease

_REST = 1.0
"""Seconds after a refusal until the book is asked again, unless this run gave something back."""


@dataclass
class _Claim:
    cards: Cards
    token: str
    device: str

    def release(self) -> None:
        """See `Lease`."""
        self.cards.book.release(self.token)
        self.cards.refused = float("-inf")


@dataclass
class Cards:
    """`Leases` over the book. `within` is the lease of the job that the run is part of."""

    book: Book
    what: str
    within: str | None = None
    clock: Callable[[], float] = time.monotonic
    refused: float = field(default=float("-inf"))
    _largest: int | None = None

    def reserve(self, size: int) -> Lease | None:
        """See `Leases`."""
        if self.clock() - self.refused < _REST:
            return None
        try:
            token = self.book.claim_some(size, self.what, within=self.within)
        except NoRoom:
            self.refused = self.clock()
            return None
        device = next(lease.device for lease in self.book.leases() if lease.token == token)
        return _Claim(self, token, device)

    def largest(self) -> int:
        """See `Leases`. Asked for each item, so the cards are looked at once a run."""
        if self._largest is None:
            self._largest = max((device.total for device in self.book.look()), default=0)
        return self._largest
