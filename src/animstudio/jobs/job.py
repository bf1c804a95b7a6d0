"""A job: what was asked for (`Order`), and where it stands (one type a state).

Each state carries only what it owns. Times are seconds since 1970; lengths of time are
measured by a clock that no correction of the time of day can bend (`clock`).
"""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from animstudio.jobs.schedule.state import Condition, Need

PRIORITIES = {"low": 2, "normal": 5, "high": 10, "critical": 20}
"""The names of priorities; any number from 0 to 20 may stand in their place, higher sooner."""

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
class After:
    """Wait for another job, named by its id or by the UUID it was submitted with."""

    job: int | str
    condition: Condition = "ok"


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for. Bytes and seconds; None: no limit, or not given.

    argv:       the command, never given to a shell.
    env:        the job's whole environment but for what the queue adds.
    expected:   how long its submitter thinks it takes.
    signature:  what jobs that take equally long, and as much memory, have in common.
    kind:       what to guess from where the signature never ran.
    retries:    how often it is tried again after a failure, `backoff` seconds later, doubled
                each time.
    resumable:  whether it goes on by itself from what it saved, when it is started again.
    checkpoint: number of the signal on which it saves and ends.
    grace:      seconds between TERM and KILL.
    follow:     how its log is followed, as far as that was said (``follow.spec``).
    """

    name: str
    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]
    need: Need
    user: str
    priority: int
    tags: tuple[str, ...]
    after: tuple[After, ...]
    retries: int
    backoff: float
    timeout: float | None
    expected: float | None
    grace: float
    checkpoint: int
    resumable: bool
    hold: bool
    log: str | None
    output: str | None
    signature: str
    kind: str
    follow: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | Mapping[str, Any]) -> Order:
        """Return the order of such a line.

        Raises ValueError, KeyError or TypeError where it is none.
        """
        found = dict(json.loads(text)) if isinstance(text, str) else dict(text)
        order = cls(
            **found
            | {
                "argv": tuple(str(word) for word in found["argv"]),
                "tags": tuple(found["tags"]),
                "need": Need(**found["need"]),
                "after": tuple(After(**after) for after in found["after"]),
            }
        )
        signal.Signals(order.checkpoint)
        if not order.argv or not 0 <= order.priority <= 20:
            raise ValueError("an order needs a command, and a priority from 0 to 20")
        if any("\0" in word for word in order.argv):
            raise ValueError("no argument can hold a zero byte")
        return order

    def with_after(self, after: tuple[After, ...]) -> Order:
        """Return it with other dependencies."""
        return replace(self, after=after)


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
    """

    id: int
    uuid: str
    order: Order
    state: State
    submitted_at: float
    queued_at: float | None
    attempts: int
    failures: int

    @property
    def over(self) -> bool:
        """Whether it came to its end."""
        return name_of(self.state) in OVER


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
