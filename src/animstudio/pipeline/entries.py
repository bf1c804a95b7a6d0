"""What the journal holds of an output folder beside its items: failures, parts, costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from animstudio.kernel.work import FailureKind
from animstudio.pipeline.record import Record


@dataclass(frozen=True, slots=True)
class Failure:
    """An item that was set aside, and what it was to be made from then."""

    stage: str
    item: str
    key: str
    kind: FailureKind
    reason: str
    log: str = ""
    run: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Unfolded:
    """The items that a part of a stage came to, and what that depended on."""

    stage: str
    label: str
    key: str
    items: Sequence[str]


@dataclass(slots=True)
class Cost:
    """What a stage's items cost so far."""

    items: int = 0
    seconds: float = 0.0
    bytes: int = 0
    peak: int = 0

    def add(self, record: Record) -> None:
        """Count an item."""
        self.items += 1
        self.seconds += record.seconds
        self.bytes += record.bytes
        self.peak = max(self.peak, record.peak)
