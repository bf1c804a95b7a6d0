"""Which jobs start now: a pure function, from a state and a time to decisions.

In order, each job that finds room starts. The first that finds none gets a reservation: the
earliest time at which, as far as runtimes can be told, it will have room, and where. After it
a job may start if it is expected to end before that time, or if it leaves that place alone
(EASY backfill). Since guesses can be wrong for ever, they count no more once the reserved job
has waited longer than the spec's patience.

A job of an array of which as many run as may is passed over, and nothing is kept for it: it does
not wait for room.

Source: D. Lifka, "The ANL/IBM SP Scheduling System", JSSPP 1995 (EASY).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from animstudio.jobs.schedule.fair_share import rate
from animstudio.jobs.schedule.room import Room
from animstudio.jobs.schedule.spec import ScheduleSpec
from animstudio.jobs.schedule.state import JobId, Limit, Need, Running, Start, State, Uuid, Waiting


@dataclass(slots=True)
class Reservation:
    """A place kept for the first job that found no room: when, where, and what is left then.

    later: what is free at `at`, the reserved job in its place.
    """

    job: JobId
    at: float
    devices: tuple[Uuid, ...]
    later: Room
    strict: bool = False


@dataclass
class _Desk:
    """What decisions taken so far leave."""

    state: State
    now: float
    spec: ScheduleSpec
    room: Room
    starts: list[Start]
    running: list[Running]
    held: dict[str, float]
    kept: Reservation | None = None

    def __post_init__(self) -> None:
        self.of_arrays = Counter(job.limit.array for job in self.running if job.limit)

    def full(self, limit: Limit | None) -> bool:
        """Whether as many jobs of an array run as may."""
        return limit is not None and self.of_arrays[limit.array] >= limit.at_most

    def outlasts(self, until: float) -> bool:
        """Whether who runs until then might still run when the reserved job is to start."""
        return self.kept is not None and (self.kept.strict or until > self.kept.at)

    def place(self, need: Need, until: float) -> tuple[Uuid, ...] | None:
        if self.kept and self.outlasts(until):
            return self.room.place(need, self.kept.later)
        return self.room.place(need)

    def start(self, job: Waiting, devices: tuple[Uuid, ...], until: float) -> None:
        need = job.need
        vram = need.vram if need.shared else 0
        self.room.take(need, devices, vram)
        if self.kept and self.outlasts(until):
            self.kept.later.take(need, devices, vram)
        self.starts.append(Start(job.id, devices, vram))
        self.running.append(
            Running(job.id, need, self.now, devices, vram, job.user, until=until, limit=job.limit),
        )
        if job.limit:
            self.of_arrays[job.limit.array] += 1
        more = rate(need, vram, self.state.host, self.state.devices)
        self.held[job.user] = self.held.get(job.user, 0.0) + more

    def score(self, user: str) -> float:
        if self.spec.strategy != "fair_share":
            return 0.0
        return self.state.usage.score(user, self.now, self.held.get(user, 0.0))


def decide(state: State, now: float, spec: ScheduleSpec) -> list[Start]:
    """Return the jobs to start now, and where; the best first."""
    return plan(state, now, spec)[0]


def plan(state: State, now: float, spec: ScheduleSpec) -> tuple[list[Start], Reservation | None]:
    """Return the jobs to start now, and what is kept for the first one that has no room."""
    room = Room.of(state.host, state.devices, state.running.values(), spec.tolerated)
    desk = _Desk(state, now, spec, room, [], list(state.running.values()), {})
    known = state.usage.users() if spec.strategy == "fair_share" else ()
    walk = state.backlog.walk(desk.score, known)
    no_room: set[Need] = set()
    in_the_way: set[Need] = set()
    for _ in range(spec.look_ahead):
        job = walk.peek()
        if job is None:
            break
        if job.need in no_room or desk.full(job.limit):
            walk.drop()
            continue
        until = now + state.runtimes.left(job)
        if job.need in in_the_way and desk.outlasts(until):
            walk.go()
            continue
        devices = desk.place(job.need, until)
        if devices is not None:
            desk.start(job, devices, until)
        elif desk.room.place(job.need) is not None:
            in_the_way.add(job.need)
        else:
            no_room.add(job.need)
            desk.kept = desk.kept or _reserve(desk, job)
            if desk.kept and not spec.backfill:
                break
            walk.drop()
            continue
        walk.go()
    return desk.starts, desk.kept


def _reserve(desk: _Desk, job: Waiting) -> Reservation | None:
    """Find when and where a job will have room; None while others are in its way, not jobs."""
    later = desk.room.copy()
    for end, running in ends(desk.state, desk.running, desk.now):
        later.give(running.need, running.devices, running.vram)
        devices = later.place(job.need)
        if devices is not None:
            later.take(job.need, devices, job.need.vram if job.need.shared else 0)
            strict = desk.now - job.queued_at > desk.spec.patience
            return Reservation(job.id, end, devices, later, strict)
    return None


def ends(state: State, running: Iterable[Running], now: float) -> list[tuple[float, Running]]:
    """Return running jobs in the order in which they are expected to end."""
    found = [(state.runtimes.end(job, now), job) for job in running]
    return sorted(found, key=lambda pair: (pair[0], pair[1].id))
