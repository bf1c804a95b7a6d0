"""The scheduler as the daemon keeps it: told of each change, asked for the next decision."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from heapq import heappop, heappush

from animstudio.jobs.schedule.backlog import Backlog
from animstudio.jobs.schedule.decide import decide
from animstudio.jobs.schedule.fair_share import Usage, rate
from animstudio.jobs.schedule.runtimes import Runtimes
from animstudio.jobs.schedule.spec import ScheduleSpec
from animstudio.jobs.schedule.state import Device, Host, JobId, Running, Start, State, Waiting, Why
from animstudio.jobs.schedule.why import lacking, why


class Scheduler:
    """Who waits, who runs, and who starts next. See ``schedule.state`` for how it is used."""

    def __init__(
        self,
        spec: ScheduleSpec,
        host: Host,
        runtimes: Runtimes | None = None,
        usage: Usage | None = None,
    ) -> None:
        self.spec = spec
        self.runtimes = runtimes or Runtimes(spec.unknown)
        self.usage = usage or Usage(spec.half_life, spec.shares)
        self._backlog = Backlog(spec, self.runtimes)
        self._running: dict[JobId, Running] = {}
        self._rates: dict[JobId, float] = {}
        self._resting: dict[JobId, Waiting] = {}
        self._wakes: list[tuple[float, JobId]] = []
        self._host = host
        self._devices: tuple[Device, ...] = ()

    def look(self, devices: Iterable[Device], host: Host | None = None) -> None:
        """Take in how the cards, and the machine, stand."""
        self._devices = tuple(devices)
        self._host = host or self._host

    def add(self, job: Waiting, now: float) -> None:
        """Queue a job, or put it back; during its back-off it rests."""
        self.remove(job.id)
        if job.not_before > now:
            self._resting[job.id] = job
            heappush(self._wakes, (job.not_before, job.id))
        else:
            self._backlog.add(job)

    def remove(self, job: JobId) -> None:
        """Forget a job that waits; nothing happens if it does not."""
        self._resting.pop(job, None)
        self._backlog.remove(job)

    def start(self, job: Running, now: float) -> None:
        """Count a job that was started, or adopted; it waits no more."""
        self.remove(job.id)
        self._drop(job.id, now)
        self._running[job.id] = job
        self._rates[job.id] = rate(job.need, job.vram, self._host, self._devices)
        self.usage.hold(job.user, self._rates[job.id], now)

    def change(self, job: JobId, *, vram: int | None = None, until: float | None = None) -> None:
        """Take in what is reserved for a running job now, or when it says that it will end."""
        found = self._running.get(job)
        if found is not None:
            self._running[job] = replace(
                found,
                vram=found.vram if vram is None else vram,
                until=found.until if until is None else until,
            )

    def end(self, job: JobId, now: float, *, completed: bool) -> None:
        """Free what a job held. How long it ran is learnt if it completed."""
        found = self._drop(job, now)
        if found is not None and completed:
            self.runtimes.learn(found.signature, found.kind, max(0.0, now - found.started_at))
            self._backlog.relearn(found.signature, found.kind)

    def decide(self, now: float) -> list[Start]:
        """Return the jobs to start now, and where; the best first."""
        self._wake(now)
        return decide(self.state(), now, self.spec)

    def wakes_at(self) -> float | None:
        """Return when a back-off ends next; None when nobody rests."""
        while self._wakes and not self._rests(*self._wakes[0]):
            heappop(self._wakes)
        return self._wakes[0][0] if self._wakes else None

    def why(self, job: JobId, now: float) -> Why:
        """Explain why a job waits. Raises KeyError for one that does not."""
        if resting := self._resting.get(job):
            return Why(job, "the end of its back-off", expected=resting.not_before)
        return why(self.state(), job, now, self.spec)

    def lacking(self, job: JobId) -> str:
        """Return what the machine has too little of for a job that waits ever to run."""
        found = self._backlog.get(job)
        return lacking(self.state(), found.need) if found else ""

    def state(self) -> State:
        """Return what a decision depends on now."""
        return State(
            self._host, self._devices, self._running, self._backlog, self.runtimes, self.usage
        )

    def _wake(self, now: float) -> None:
        while self._wakes and self._wakes[0][0] <= now:
            at, job = heappop(self._wakes)
            if self._rests(at, job):
                self._backlog.add(self._resting.pop(job))

    def _rests(self, at: float, job: JobId) -> bool:
        resting = self._resting.get(job)
        return resting is not None and resting.not_before == at

    def _drop(self, job: JobId, now: float) -> Running | None:
        found = self._running.pop(job, None)
        if found is not None:
            self.usage.hold(found.user, -self._rates.pop(job), now)
        return found
