"""Where orders are carried out. The engine knows no more of it than this.

An executor decides nothing: what stands is the journal's to say, what is tried again the
engine's. It must carry out an order at most once, and may lose it: then it says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from animstudio.kernel.errors import StudioError
from animstudio.pipeline.perform import Drafted, Order


@dataclass(frozen=True, slots=True)
class Finished:
    """An order was carried out; its drafts wait."""

    attempt: str
    drafted: Drafted


@dataclass(frozen=True, slots=True)
class Told:
    """A message from an order at work."""

    attempt: str
    message: object


@dataclass(frozen=True, slots=True)
class Broken:
    """An order failed. `trace` is for the log. `lost`: how its process died, if it did."""

    attempt: str
    error: StudioError
    trace: str = ""
    lost: str = ""


Answer = Finished | Told | Broken


class Executor(Protocol):
    """Somewhere that orders can be carried out."""

    slots: int
    """How many calls of `start` it works on at once."""

    def start(self, orders: Sequence[Order]) -> None:
        """Begin an order when a slot is free; or several small ones, one after the other."""

    def answers(self, patience: float) -> list[Answer]:
        """Return what happened, after `patience` seconds at most."""

    def end(self, attempt: str) -> None:
        """End an order now, and those started with it; nothing more is heard of them."""

    def rest(self) -> None:
        """Give back what is held for orders that do not come."""

    def stop(self) -> None:
        """End everything now."""
