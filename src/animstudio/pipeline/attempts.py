"""Attempts at items: which are at work, and what becomes of one that failed."""

from __future__ import annotations

from dataclasses import dataclass

from animstudio.kernel.errors import AskedWrongly, OutOfRoom, StudioError, UnreadableFilm
from animstudio.kernel.spec import Spec
from animstudio.kernel.work import CorruptInput, FailureKind, OutOfMemory
from animstudio.pipeline.resources import Reservation
from animstudio.pipeline.state import Decision

_LONGEST = 60.0
"""Seconds that nobody waits longer than between two tries."""


@dataclass(slots=True)
class Attempt:
    """One try at an item. Its id is the fence: what is not known by it is not heard."""

    id: str
    number: str
    decision: Decision
    reservation: Reservation
    deadline: float | None
    """When it is given up; counted anew from when its worker begins to make the item."""
    drafts: str
    log: str
    begun: bool = False
    """Whether its worker began to make the item."""
    others: int = 0
    """How many are made by the same worker, one after the other."""


@dataclass(slots=True)
class Tries:
    """What was tried of an item so far in this run."""

    failed: int = 0
    killed: int = 0
    spec: Spec | None = None
    """Its options with a smaller batch, once memory ran out."""


@dataclass(frozen=True, slots=True)
class Again:
    """An item is tried again, after `wait` seconds."""

    wait: float
    how: str = ""


def kind_of(error: StudioError, lost: str) -> FailureKind:
    """Return what kind of failure an attempt ended with."""
    if lost:
        return "killed"
    if isinstance(error, CorruptInput | UnreadableFilm):
        return "input"
    if isinstance(error, AskedWrongly):
        return "request"
    if isinstance(error, OutOfMemory):
        return "memory"
    return "room" if isinstance(error, OutOfRoom) else "work"


def next_try(
    decision: Decision,
    tries: Tries,
    kind: FailureKind,
    lost: str,
    backoff: float,
    *,
    in_company: bool = False,
) -> Again | None:
    """Decide whether an item is tried again, and note the try. None: it is set aside.

    A worker killed from outside costs no retry, once: the item may have done nothing wrong. Nor
    does one that died with several items `in_company`: only one of them can have done it, and
    each is made alone from then on.
    """
    node, batch = decision.part.stage.node, decision.part.stage.type.batch
    if kind in ("input", "request", "room"):
        return None
    if kind == "killed" and in_company:
        return Again(0.0, f"its worker died ({lost}) with others' items")
    if kind == "killed" and lost in ("SIGKILL", "SIGTERM") and not tries.killed:
        tries.killed += 1
        return Again(0.0, f"its worker died ({lost})")
    if kind == "memory" and batch:
        spec = tries.spec or decision.variant.spec
        size = int(getattr(spec, batch))
        if size > 1:
            tries.spec = spec.model_copy(update={batch: size // 2})
            return Again(0.0, f"{batch}: {size} -> {size // 2}")
    if tries.failed >= node.retries:
        return None
    tries.failed += 1
    return Again(min(_LONGEST, backoff * 2 ** (tries.failed - 1)))
