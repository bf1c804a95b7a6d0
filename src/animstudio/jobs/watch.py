"""The queue as somebody watches it: each job at work with its progress, and the cards.

How far jobs are is what the daemon saw in their logs: whoever watches reads no log again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from animstudio.gpu.standing import Standing
from animstudio.jobs.follow.health import Alarm
from animstudio.jobs.follow.progress import Progress
from animstudio.jobs.job import Attempt, Job, StateName, name_of
from animstudio.jobs.store.reading import Followed

_KNOWN = frozenset(field.name for field in fields(Progress))


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job as it is watched. `cards`: the UUIDs it has; `since`: seconds in its state."""

    id: int
    name: str
    state: StateName
    since: float
    reason: str
    cards: tuple[str, ...] = ()
    progress: Progress = field(default_factory=Progress)
    losses: tuple[float, ...] = ()
    alarms: tuple[Alarm, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is watched, at one moment."""

    jobs: tuple[JobLine, ...]
    cards: tuple[Standing, ...]
    counts: Mapping[str, int]


def picture(
    jobs: Sequence[Job], attempts: Mapping[int, Attempt], seen: Mapping[int, Followed],
    cards: Sequence[Standing], counts: Mapping[str, int], now: float,
) -> Picture:  # fmt: skip
    """Return how all stands.

    `attempts` holds the last one of each job that has begun, `seen` how far those are that tell.
    """
    lines = tuple(_line(job, attempts.get(job.id), seen.get(job.id), now) for job in jobs)
    return Picture(lines, tuple(cards), counts)


def _line(job: Job, attempt: Attempt | None, seen: Followed | None, now: float) -> JobLine:
    state = job.state
    cards = attempt.devices if attempt and attempt.outcome is None else ()
    line = JobLine(
        job.id, job.title, name_of(state), max(0.0, now - state.since),
        getattr(state, "reason", ""), cards,
    )  # fmt: skip
    if seen is None or attempt is None or seen.attempt != attempt.number:
        return line
    told = {name: value for name, value in seen.progress.items() if name in _KNOWN}
    alarms = tuple(Alarm(**alarm) for alarm in seen.alarms)
    return JobLine(
        line.id, line.name, line.state, line.since, line.reason, cards,
        Progress(**told), tuple(loss for _, loss in seen.losses), alarms,  # type: ignore[arg-type]
    )  # fmt: skip
