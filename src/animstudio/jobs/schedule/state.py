"""What the scheduler knows, and what it decides. No store, no processes, no clock.

The daemon adapts its rows to these types and keeps one `Scheduler` (``schedule.scheduler``),
told of each change, so that nothing is proportional to the length of the queue:

    scheduler = Scheduler(spec, host, runtimes, usage)
    scheduler.look(devices)             each time the cards were looked at (every few seconds)
    scheduler.add(waiting, now)         queued, released, resumed or put back; its dependencies done
    scheduler.remove(job)               held, cancelled, removed
    scheduler.start(running, now)       a Start that was committed, or a job adopted at recovery
    scheduler.change(job, vram=, until=)  less reserved once its use is stable, a live ETA
    scheduler.end(job, now, completed=)  its leases are free again; a good run teaches
    scheduler.decide(now) -> [Start]    the best first; the same until something above is said
    scheduler.wakes_at() -> float|None  when a back-off ends: decide again then, at the latest
    scheduler.why(job, now) -> Why

Jobs are added only when their dependencies allow it (``schedule.dependencies`` tells). A
`Start` is a proposal: whoever carries it out claims the devices in the lease book, and says
``start`` when that stands, or leaves the job where it is when another process was faster.

Behind it is a pure function, ``schedule.decide.decide(state, now) -> [Start]``, over `State`,
whose backlog is kept in order as jobs come and go.

Times are seconds of one clock (any), memory is in bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from animstudio.jobs.schedule.backlog import Backlog
    from animstudio.jobs.schedule.fair_share import Usage
    from animstudio.jobs.schedule.runtimes import Runtimes

JobId = int
Uuid = str
Strategy = Literal["fifo", "priority", "fair_share", "shortest_job_first"]


@dataclass(frozen=True, slots=True)
class Need:
    """What a job needs while it runs. Jobs of equal needs are interchangeable for admission.

    gpus:   how many graphics cards; 0 for work of the processor.
    vram:   bytes on each of them: what was declared, or what jobs of its signature were seen
            to need, whichever is more. For an exclusive job, the least that a card must have.
    shared: whether others may use the same cards at the same time; then `vram` is reserved.
    cpus:   processors that it keeps busy.
    memory: bytes of main memory.
    """

    gpus: int = 0
    vram: int = 0
    shared: bool = False
    cpus: int = 1
    memory: int = 0

    def __post_init__(self) -> None:
        if self.shared and self.gpus and not self.vram:
            raise ValueError("a shared card needs an amount of memory to reserve")


@dataclass(frozen=True, slots=True)
class Limit:
    """How many jobs of an array may run at the same time."""

    array: JobId
    at_most: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job that may start as soon as there is room.

    id:         later jobs have higher ones; it settles ties.
    signature:  what jobs that take about equally long have in common (the script and its
                config, say); `kind` is what to guess from where the signature never ran.
    queued_at:  when it first entered the queue: a job that is put back keeps its place.
    priority:   0-20, higher sooner.
    not_before: the end of its back-off.
    left:       seconds it is known to need, from its own live ETA when it was put back.
    limit:      how many of its array may run; None: it belongs to none, or to one without limit.
    """

    id: JobId
    need: Need
    queued_at: float
    user: str = ""
    priority: int = 5
    signature: str = ""
    kind: str = ""
    not_before: float = 0.0
    left: float | None = None
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """A job that holds resources: also one that is frozen, or ending.

    devices: UUIDs of its cards, as many as ``need.gpus``.
    vram:    bytes reserved on each of its cards: what it needs until its own use is stable,
             then what it was seen to use (``schedule.settle``).
    until:   when it is expected to end, from its live ETA; None where it tells nothing.
    """

    id: JobId
    need: Need
    started_at: float
    devices: tuple[Uuid, ...] = ()
    vram: int = 0
    user: str = ""
    signature: str = ""
    kind: str = ""
    until: float | None = None
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A graphics card as the scheduler sees it.

    total:  bytes that may be promised (the card's memory, less what is kept back).
    others: bytes that are not ours to promise: strangers' measured use, and the leases of
            pipelines and of the model manager.
    shut:   whether somebody else holds it alone.
    who:    who the others are, for `why`: ``python(4711)``.
    fake:   whether it exists only for tests.
    """

    uuid: Uuid
    index: int
    total: int
    others: int = 0
    shut: bool = False
    who: str = ""
    fake: bool = False


@dataclass(frozen=True, slots=True)
class Host:
    """Processors, and bytes of main memory, that may be promised to jobs in all."""

    cpus: int
    memory: int


@dataclass(frozen=True, slots=True)
class State:
    """All that a decision depends on.

    backlog:  who waits, in order.
    runtimes: how long jobs take, as far as that can be told.
    usage:    what each user had of the machine, for fair shares.
    """

    host: Host
    devices: tuple[Device, ...]
    running: Mapping[JobId, Running]
    backlog: Backlog
    runtimes: Runtimes
    usage: Usage


@dataclass(frozen=True, slots=True)
class Start:
    """Start this job on these cards; `vram` bytes are reserved on each, 0: the card is its own."""

    job: JobId
    devices: tuple[Uuid, ...]
    vram: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel this job: what it depends on went otherwise."""

    job: JobId
    why: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why a job does not run yet.

    waits_for: the resource, in words: ``7G on a graphics card``, ``its turn``.
    held_by:   what holds it: ``job 5 until 02:10``, in the order it would come free.
    ahead:     how many jobs are before it in the queue, or that many and more at `counted`.
    expected:  when it is expected to start; None where nobody can tell.
    never:     whether this machine can never run it.
    """

    job: JobId
    waits_for: str
    held_by: tuple[str, ...] = ()
    ahead: int = 0
    expected: float | None = None
    never: bool = False


Decision = Start | Cancel

# What a job may depend on, and how it ended.
Condition = Literal["ok", "any", "fail"]
Ending = Literal["completed", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Dependency:
    """``after-ok``, ``after-any`` or ``after-fail`` of another job."""

    job: JobId
    condition: Condition = "ok"
