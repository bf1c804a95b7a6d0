"""Waiting for room on a card, for work that has nobody to queue it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from animstudio.gpu.book import Book
from animstudio.gpu.claims import NoRoom
from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.process import ProcessId

_POLL = 0.5
"""Seconds between two tries: room comes free at the end of minutes or hours of work."""


@contextmanager
def leased(
    book: Book,
    size: int | None,
    what: str,
    *,
    patience: float = 0.0,
    within: str | None = None,
    told: Callable[[str], object] = lambda reason: None,
    stop: threading.Event | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[str]:
    """Hold `size` bytes of some card, or the whole of one, and give the token.

    Waits `patience` seconds at most; `told` is given the reason once, and `stop` ends the
    waiting. A claim within another lease, or of a process that holds one already, never
    waits, since it might wait for itself.

    Raises NoRoom, and AskedWrongly where no card is large enough.
    """
    token = _claim(book, size, what, patience, within, told, stop or threading.Event(), clock)
    try:
        yield token
    finally:
        book.release(token)


def _claim(
    book: Book,
    size: int | None,
    what: str,
    patience: float,
    within: str | None,
    told: Callable[[str], object],
    stop: threading.Event,
    clock: Callable[[], float],
) -> str:
    until = clock() + patience
    asked = False
    while True:
        try:
            return book.claim_some(size, what, within=within)
        except NoRoom as refusal:
            if within:
                raise
            mine = ProcessId.mine()
            if held := [lease.what for lease in book.leases() if lease.holder == mine]:
                raise NoRoom(
                    f"{what} does not fit beside {held[0]}, which this process holds itself: "
                    + refusal.message
                ) from refusal
            if clock() >= until:
                raise
            if not asked:
                asked = True
                told(refusal.message)
        if stop.wait(_POLL):
            raise WorkFailed(f"{what}: stopped while it waited for a graphics card")
