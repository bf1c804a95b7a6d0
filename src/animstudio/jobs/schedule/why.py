"""Why a job does not run yet: what it waits for, what holds that, and until when."""

from __future__ import annotations

from itertools import islice
from time import monotonic

from animstudio.jobs.schedule.decide import ends, plan
from animstudio.jobs.schedule.room import Room, could_ever
from animstudio.jobs.schedule.simulate import simulate
from animstudio.jobs.schedule.spec import ScheduleSpec
from animstudio.jobs.schedule.state import JobId, Need, Start, State, Waiting, Why
from animstudio.kernel.sizes import size_text

COUNTED = 1000
"""Jobs ahead of one that are counted; a longer queue is told as that many."""
_STARTS = 300
"""Starts that are played through to find the one that is asked for."""
_PATIENCE = 0.1
"""Seconds after which no more are: whoever else asks the daemon something waits meanwhile."""


def why(state: State, job: JobId, now: float, spec: ScheduleSpec) -> Why:
    """Explain why a job of the backlog waits. Raises KeyError for one that is not in it."""
    found = state.backlog.get(job)
    if found is None:
        raise KeyError(job)
    if beyond := lacking(state, found.need):
        return Why(job, beyond, never=True)
    ahead = _ahead(state, found, now, spec)
    starts, kept = plan(state, now, spec)
    if any(start.job == job for start in starts):
        return Why(job, "nothing: it is about to start", (), ahead, now)
    if full := _full(state, found, starts, now):
        expected = _expected(state, job, now, spec) if ahead < COUNTED else None
        return Why(job, full[0], full[1:], ahead, expected)
    room = Room.of(state.host, state.devices, state.running.values(), spec.tolerated)
    lacks = room.lacks(found.need)
    holders = _holders(state, found.need, now) if lacks else ()
    if not lacks:
        first = kept.job if kept and kept.job != job else next((s.job for s in starts), None)
        lacks = "its turn" if first is None else f"its turn: job {first} goes first"
    expected = _expected(state, job, now, spec) if ahead < COUNTED else None
    return Why(job, lacks, holders, ahead, expected)


def lacking(state: State, need: Need) -> str:
    """Return what the machine, even if nobody else were on it, has too little of; else nothing."""
    if could_ever(need, state.host, state.devices):
        return ""
    return Room.of(state.host, state.devices, (), 0).lacks(need) or "more than this machine has"


def _expected(state: State, job: JobId, now: float, spec: ScheduleSpec) -> float | None:
    """Return when a job will start if all goes as expected; None where that is far away."""
    until = monotonic() + _PATIENCE
    for planned in islice(simulate(state, now, spec), _STARTS):
        if planned.job == job:
            return planned.start
        if monotonic() > until:
            break
    return None


def _full(state: State, job: Waiting, starts: list[Start], now: float) -> tuple[str, ...]:
    """Say that as many jobs of its array run as may, and which; empty where that is not so."""
    if job.limit is None:
        return ()
    beside = [waiting for start in starts if (waiting := state.backlog.get(start.job))]
    array, most = job.limit.array, job.limit.at_most
    running = [
        f"job {other.id} for about {_span(end - now)}"
        for end, other in ends(state, state.running.values(), now)
        if other.limit and other.limit.array == array
    ]
    running += [f"job {other.id}" for other in beside if other.limit and other.limit.array == array]
    if len(running) < most:
        return ()
    return (f"its turn in array {array}, of which {most} may run at once", *running)


def _ahead(state: State, job: Waiting, now: float, spec: ScheduleSpec) -> int:
    if spec.strategy == "fair_share":
        walk = state.backlog.walk(lambda user: state.usage.score(user, now), state.usage.users())
    else:
        walk = state.backlog.walk(lambda user: 0.0)
    for number in range(COUNTED):
        other = walk.peek()
        if other is None or other.id == job.id:
            return number
        walk.go()
    return COUNTED


def _holders(state: State, need: Need, now: float) -> tuple[str, ...]:
    """Name who holds what the job needs, in the order in which it is expected to come free."""
    jobs = []
    for end, running in ends(state, state.running.values(), now):
        if need.gpus and not running.devices:
            continue
        holds = f" ({size_text(running.vram)})" if running.vram else ""
        jobs.append(f"job {running.id}{holds} for about {_span(end - now)}")
    others = [
        f"{device.who or 'a process of somebody else'} ({size_text(device.others)})"
        for device in state.devices
        if need.gpus and (device.others or device.shut)
    ]
    return (*jobs, *others)


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{seconds:.0f} s"
    hours, minute = divmod(minutes, 60)
    return f"{hours} h {minute} min" if hours else f"{minute} min"
