"""The queue as somebody watches it: each job at work with its progress, and the cards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from animstudio.gpu.standing import Standing
from animstudio.jobs.follow.follower import Follower
from animstudio.jobs.follow.health import Alarm
from animstudio.jobs.follow.progress import Progress
from animstudio.jobs.follow.spec import FollowSpec
from animstudio.jobs.job import Attempt, Job, Running, StateName, name_of


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


class Watch:
    """Follows the logs of the jobs at work, as long as they are, for whoever watches."""

    def __init__(self, log_of: Callable[[Job, int], Path]) -> None:
        self._log_of = log_of
        self._followers: dict[tuple[int, int], Follower] = {}
        self._alarms: dict[tuple[int, int], dict[str, Alarm]] = {}

    def picture(
        self,
        jobs: Sequence[Job],
        attempts: Mapping[int, Attempt],
        cards: Sequence[Standing],
        counts: Mapping[str, int],
        now: float,
    ) -> Picture:
        """Return how all stands; `attempts` holds the last one of each job that has begun."""
        at_work = {
            (job.id, job.state.attempt) for job in jobs if isinstance(job.state, Running)
        }  # fmt: skip
        for gone in set(self._followers) - at_work:
            del self._followers[gone]
            self._alarms.pop(gone, None)
        lines = tuple(self._line(job, attempts.get(job.id), now) for job in jobs)
        return Picture(lines, tuple(cards), counts)

    def _line(self, job: Job, attempt: Attempt | None, now: float) -> JobLine:
        state = job.state
        line = JobLine(
            job.id, job.order.name, name_of(state), max(0.0, now - state.since),
            getattr(state, "reason", ""),
        )  # fmt: skip
        if not isinstance(state, Running):
            return line
        key = (job.id, state.attempt)
        if key not in self._followers:
            output = Path(job.order.output) if job.order.output else None
            self._followers[key] = Follower(
                self._log_of(job, state.attempt), output=output,
                spec=FollowSpec.model_validate(job.order.follow),
            )  # fmt: skip
        follower = self._followers[key]
        seen = follower.look(now)
        alarms = self._alarms.setdefault(key, {})
        for alarm in seen.alarms:
            if alarm.trouble == "goes_on":
                alarms.pop("stalls", None)
            else:
                alarms[alarm.trouble] = alarm
        return JobLine(
            line.id, line.name, line.state, line.since, line.reason,
            attempt.devices if attempt else (), seen.progress,
            tuple(loss for _, loss in follower.losses), tuple(alarms.values()),
        )  # fmt: skip
