"""The jobs at work, followed: how far each is, what goes wrong, and what is done about that.

look()      a round of all logs, every few seconds; a turn of the daemon's loop reads only
            some, so that nobody who asks it something waits long
finish()    the last look at an attempt that ended
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import asdict, dataclass, field
from pathlib import Path

from animstudio.jobs.daemon.attempts import Attempts, Live
from animstudio.jobs.events import JobAlarm, Journal
from animstudio.jobs.follow.follower import Follower, Seen
from animstudio.jobs.follow.health import Alarm
from animstudio.jobs.follow.spec import FollowSpec
from animstudio.jobs.job import Job
from animstudio.jobs.schedule.scheduler import Scheduler
from animstudio.jobs.shim.folder import Control
from animstudio.jobs.store.writing import Store

_EVERY = 2.0
"""Seconds between two rounds."""
_TURN = 0.02
"""Seconds after which a turn reads no other log."""
_ASLEEP = 60.0
"""Seconds without a round after which the machine slept, and silence is nobody's fault."""


@dataclass
class _Followed:
    job: Job
    follower: Follower
    stop_on: frozenset[str]
    alarms: dict[str, Alarm] = field(default_factory=dict)


class Following:
    """One follower for each attempt at work."""

    def __init__(
        self, store: Store, scheduler: Scheduler, attempts: Attempts, events: Journal
    ) -> None:
        self._store, self._scheduler, self._attempts = store, scheduler, attempts
        self._events, self._clock = events, store.clock
        self._followed: dict[str, _Followed] = {}
        self._due: deque[str] = deque()
        self._last = self._clock.now()

    def due_in(self) -> float | None:
        """Return the seconds until there is something to do; None while nothing is at work."""
        if not self._attempts.names():
            return None
        return 0.0 if self._due else max(0.0, self._last + _EVERY - self._clock.now())

    def look(self) -> None:
        """Look at some of the logs that are due, and write down what moved."""
        now = self._clock.now()
        if not self._due and now >= self._last + _EVERY:
            if now > self._last + _ASLEEP:
                for followed in self._followed.values():
                    followed.follower.excuse(now)
            self._last = now
            self._due.extend(self._attempts.names())
        moved: list[Live] = []
        until = time.monotonic() + _TURN
        while self._due and time.monotonic() < until:
            name = self._due.popleft()
            if name in self._attempts.names() and self._look_at(name, now):
                moved.append(self._attempts.get(name))
        if moved:
            with self._store.change():
                for live in moved:
                    self._note(live)

    def _look_at(self, name: str, now: float) -> bool:
        """Look at one log; return whether there is something to be written down."""
        live = self._attempts.get(name)
        followed = self._of(live)
        if live.frozen:
            followed.follower.excuse(now)
            return False
        seen = followed.follower.look(now)
        for alarm in seen.alarms:
            self._tell(live, followed, alarm)
        if seen.moved and seen.progress.until is not None:
            self._scheduler.change(live.attempt.job, until=seen.progress.until)
        return _is_news(seen)

    def finish(self, live: Live) -> None:
        """Look a last time at an attempt that ended; to be called inside a change."""
        followed = self._followed.get(live.attempt.name)
        if followed is None and not _size(live.log):
            return
        followed = followed or self._of(live)
        seen = followed.follower.look(self._clock.now())
        for alarm in seen.alarms:
            if alarm.trouble in ("nan", "diverges"):  # that it is silent now is no wonder
                self._tell(live, followed, alarm, ended=True)
        if _is_news(seen):
            self._note(live)

    def forget(self, name: str) -> None:
        """Follow an attempt no more."""
        self._followed.pop(name, None)

    def _note(self, live: Live) -> None:
        followed = self._followed[live.attempt.name]
        alarms = [asdict(alarm) for alarm in followed.alarms.values()]
        self._store.note(live.attempt, followed.follower.mark(), alarms)

    def _tell(self, live: Live, followed: _Followed, alarm: Alarm, *, ended: bool = False) -> None:
        attempt = live.attempt
        if alarm.trouble == "goes_on":
            followed.alarms.pop("stalls", None)
        else:
            followed.alarms[alarm.trouble] = alarm
        control = live.folder.control()
        free = control is None or control.verb == "thaw"  # else somebody ends it already
        stop = not ended and free and alarm.trouble in followed.stop_on
        self._events.write(
            JobAlarm(
                job=attempt.job, attempt=attempt.number, name=followed.job.order.name,
                place=followed.job.place,
                trouble=alarm.trouble, message=alarm.message, step=alarm.step, stopped=stop,
            )
        )  # fmt: skip
        if stop:
            stopping = Control("stop", reason=alarm.message, trouble=alarm.trouble)
            self._attempts.tell(attempt.name, stopping)

    def _of(self, live: Live) -> _Followed:
        """Return an attempt's follower; a new one goes on where an earlier daemon's was."""
        attempt = live.attempt
        if found := self._followed.get(attempt.name):
            return found
        job = self._store.job(attempt.job)
        assert job is not None, "a job with an attempt is never removed"
        spec = FollowSpec.model_validate(job.order.follow)
        mark, alarms = None, list[Alarm]()
        if saved := self._store.mark(attempt.job):
            number, mark, told = saved
            if number == attempt.number:
                alarms = [Alarm(**alarm) for alarm in told]
            else:  # the same log, perhaps; another training
                mark |= {"progress": {}, "losses": []}
        output = Path(job.order.cwd, job.order.output) if job.order.output else None
        follower = Follower(live.log, output=output, spec=spec, mark=mark)
        found = _Followed(job, follower, spec.stop_on, {a.trouble: a for a in alarms})
        self._followed[attempt.name] = found
        return found


def _is_news(seen: Seen) -> bool:
    return seen.moved or bool(seen.alarms)


def _size(log: Path) -> int:
    try:
        return log.stat().st_size
    except OSError:
        return 0
