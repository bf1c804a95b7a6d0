"""A job: what was asked for (`Order`), and where it stands (one type a state).

Each state carries only what it owns. Times are seconds since 1970; lengths of time are
measured by a clock that no correction of the time of day can bend (`clock`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from animstudio.jobs.order import Order
from animstudio.jobs.schedule.state import Limit

StateName = Literal["pending", "queued", "running", "paused", "completed", "failed", "cancelled"]
STATES: tuple[StateName, ...] = (
    "pending", "queued", "running", "paused", "completed", "failed", "cancelled",
)  # fmt: skip
OVER: tuple[StateName, ...] = ("completed", "failed", "cancelled")
PauseKind = Literal["freeze", "checkpoint", "requeue"]
"""``freeze`` stops the processes where they are, and all they hold stays held, memory of the
card included. ``checkpoint`` lets the job save and end, ``requeue`` just ends it; both give
everything back, and `resume` puts the job into the queue again."""


@dataclass(frozen=True, slots=True)
class Pending:
    """It may not start: held by its user, or other jobs have to end first."""

    since: float
    waits_for: Literal["hold", "dependencies"]


@dataclass(frozen=True, slots=True)
class Queued:
    """It starts as soon as there is room, and `wait` seconds after `since` at the earliest."""

    since: float
    wait: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """An attempt of it runs, or is about to."""

    since: float
    attempt: int


@dataclass(frozen=True, slots=True)
class Paused:
    """Somebody paused it; a frozen one still has its attempt, and all that this holds."""

    since: float
    how: PauseKind
    attempt: int | None = None


@dataclass(frozen=True, slots=True)
class Completed:
    """Its command ended with 0."""

    since: float


@dataclass(frozen=True, slots=True)
class Failed:
    """Its last attempt failed; `code` is what its command ended with, where that is known."""

    since: float
    code: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """It was not wanted any more, or could not begin since another one went otherwise."""

    since: float
    reason: str


State = Pending | Queued | Running | Paused | Completed | Failed | Cancelled


def name_of(state: State) -> StateName:
    """Return the word for a state, as users type it."""
    return type(state).__name__.lower()  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the store has it.

    queued_at: when it first entered the queue; None before.
    attempts:  how often it was begun; `failures`, how many of these count against `retries`.
    array:     the id of the array it belongs to, which is that of the array's first job.
    """

    id: int
    uuid: str
    order: Order
    state: State
    submitted_at: float
    queued_at: float | None
    attempts: int
    failures: int
    array: int | None = None

    @property
    def over(self) -> bool:
        """Whether it came to its end."""
        return name_of(self.state) in OVER

    @property
    def place(self) -> str:
        """Its place in its array, ``5_3``, by which it can be named; empty without one."""
        part = self.order.part
        return "" if part is None or self.array is None else f"{self.array}_{part.index}"

    @property
    def title(self) -> str:
        """Its name, and its place in its array."""
        return f"{self.order.name} {self.place}".rstrip()

    @property
    def limit(self) -> Limit | None:
        """How many jobs of its array may run at the same time, where that was said."""
        part = self.order.part
        if part is None or self.array is None or part.at_most is None:
            return None
        return Limit(self.array, part.at_most)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a job.

    token:   in the environment of all its processes, so that they can be found.
    boot:    identifies the start of the machine it was begun in, at `boottime` of which.
    outcome: None while it runs; else ``completed``, ``failed``, ``cancelled``, ``paused``,
             ``interrupted`` (the machine went down), ``lost`` (nobody saw how it ended) or
             ``revoked`` (it never began).
    seconds: how long its command ran.
    """

    job: int
    number: int
    token: str
    devices: tuple[str, ...]
    vram: int
    since: float
    boot: str
    boottime: float
    until: float | None = None
    outcome: str | None = None
    code: int | None = None
    reason: str = ""
    seconds: float | None = None

    @property
    def name(self) -> str:
        """Its folder's name, such as ``7.1``."""
        return f"{self.job}.{self.number}"
