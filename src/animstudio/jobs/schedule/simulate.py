"""What would happen if all went as expected: the timeline of a dry run, and expected starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from animstudio.jobs.schedule.decide import decide, ends
from animstudio.jobs.schedule.dependencies import verdict
from animstudio.jobs.schedule.spec import ScheduleSpec
from animstudio.jobs.schedule.state import (
    Dependency,
    Ending,
    JobId,
    Running,
    Start,
    State,
    Uuid,
    Waiting,
)


@dataclass(frozen=True, slots=True)
class Planned:
    """When and where a job is expected to run."""

    job: JobId
    start: float
    end: float
    devices: tuple[Uuid, ...]


Dependents = Mapping[JobId, tuple[Waiting, Sequence[Dependency]]]
"""Jobs that are to be queued when those they depend on have ended."""


def simulate(
    state: State, now: float, spec: ScheduleSpec, dependents: Dependents | None = None
) -> Iterator[Planned]:
    """Yield jobs in the order in which they start, each job ending well when it is expected to.

    Jobs that find no room on an empty machine, or wait for a failure, are never yielded.
    The state is left as it is.
    """
    running = dict(state.running)
    state = replace(state, backlog=state.backlog.copy(), running=running)
    waiting = dict(dependents or {})
    endings: dict[JobId, Ending] = {}
    calendar = [(end, job.id) for end, job in ends(state, running.values(), now)]
    while True:
        for start in decide(state, now, spec):
            yield (planned := _begin(state, start, now, running))
            heappush(calendar, (planned.end, start.job))
        if not calendar:
            return
        now, job = heappop(calendar)
        _end(state, job, running, endings, waiting)
        while calendar and calendar[0][0] <= now:
            _end(state, heappop(calendar)[1], running, endings, waiting)


def _begin(state: State, start: Start, now: float, running: dict[JobId, Running]) -> Planned:
    job = state.backlog.remove(start.job)
    assert job is not None, "a decision starts only who waits"
    end = now + max(1.0, state.runtimes.left(job))
    running[job.id] = Running(
        job.id,
        job.need,
        now,
        start.devices,
        start.vram,
        job.user,
        job.signature,
        job.kind,
        end,
        job.limit,
    )
    return Planned(job.id, now, end, start.devices)


def _end(
    state: State,
    job: JobId,
    running: dict[JobId, Running],
    endings: dict[JobId, Ending],
    waiting: dict[JobId, tuple[Waiting, Sequence[Dependency]]],
) -> None:
    del running[job]
    endings[job] = "completed"
    for other, (job_waiting, dependencies) in list(waiting.items()):
        word = verdict(dependencies, endings).word
        if word == "ready":
            state.backlog.add(job_waiting)
        if word != "waits":
            del waiting[other]
