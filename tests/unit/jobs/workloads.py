"""Machines and jobs for scheduler tests, and a machine that is played through without time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from animstudio.jobs.schedule.scheduler import Scheduler
from animstudio.jobs.schedule.spec import ScheduleSpec
from animstudio.jobs.schedule.state import (
    Device,
    Host,
    Limit,
    Need,
    Running,
    Start,
    Strategy,
    Waiting,
)

GB = 1 << 30
HOST = Host(8, 32 * GB)


def cards(number: int, total: int = 16 * GB, **more: object) -> tuple[Device, ...]:
    return tuple(
        replace(Device(f"GPU-{i}", i, total, fake=True), **more)  # type: ignore[arg-type]
        for i in range(number)
    )


needs = st.one_of(
    st.builds(Need, cpus=st.integers(1, 8), memory=st.integers(0, 32).map(lambda g: g * GB)),
    st.builds(Need, gpus=st.integers(1, 2), vram=st.just(0), cpus=st.integers(1, 4)),
    st.builds(
        Need,
        gpus=st.integers(1, 2),
        vram=st.integers(1, 16).map(lambda g: g * GB),
        shared=st.just(True),
        cpus=st.integers(1, 2),
    ),
)


@dataclass
class Job:
    """A job of a workload: when it comes, and how long it really takes."""

    waiting: Waiting
    takes: float


@st.composite
def workloads(draw: st.DrawFn, most: int = 20) -> list[Job]:
    number = draw(st.integers(1, most))
    jobs, now = [], 0.0
    for i in range(1, number + 1):
        now += draw(st.sampled_from([0.0, 0.0, 10.0, 600.0, 7200.0]))
        takes = draw(st.sampled_from([1.0, 30.0, 900.0, 3600.0, 36000.0]))
        guess = draw(st.sampled_from([None, takes, takes / 100, takes * 10]))
        jobs.append(
            Job(
                Waiting(
                    i, draw(needs), now, draw(st.sampled_from("abc")),
                    draw(st.integers(0, 20)), draw(st.sampled_from(["", "x", "y"])), left=guess,
                    limit=draw(st.sampled_from([None, None, Limit(1, 1), Limit(2, 3)])),
                ),
                takes,
            )
        )  # fmt: skip
    return jobs


@dataclass
class Play:
    """A scheduler on a machine where time is a number."""

    spec: ScheduleSpec
    devices: tuple[Device, ...]
    host: Host = HOST
    now: float = 0.0
    starts: dict[int, float] = field(default_factory=dict)
    ends: dict[int, float] = field(default_factory=dict)
    check: Callable[[Play, list[Start]], None] = lambda play, starts: None

    def __post_init__(self) -> None:
        self.scheduler = Scheduler(self.spec, self.host)
        self.scheduler.look(self.devices)
        self.running: dict[int, tuple[float, Running]] = {}

    def run(self, jobs: Iterable[Job], until: float = float("inf")) -> None:
        coming = sorted(jobs, key=lambda job: job.waiting.queued_at)
        takes = {job.waiting.id: job.takes for job in coming}
        while coming or self.running:
            moments = [end for end, _ in self.running.values()]
            moments += [coming[0].waiting.queued_at] if coming else []
            self.now = min(moments)
            if self.now > until:
                return
            for job, (end, _) in list(self.running.items()):
                if end <= self.now:
                    del self.running[job]
                    self.ends[job] = self.now
                    self.scheduler.end(job, self.now, completed=True)
            while coming and coming[0].waiting.queued_at <= self.now:
                self.scheduler.add(coming.pop(0).waiting, self.now)
            self._begin(takes)

    def _begin(self, takes: dict[int, float]) -> None:
        starts = self.scheduler.decide(self.now)
        self.check(self, starts)
        for start in starts:
            job = self.scheduler.state().backlog.get(start.job)
            assert job is not None
            running = Running(
                job.id, job.need, self.now, start.devices, start.vram, job.user, job.signature,
                limit=job.limit,
            )  # fmt: skip
            self.scheduler.start(running, self.now)
            self.running[job.id] = (self.now + takes[job.id], running)
            self.starts[job.id] = self.now


ONE = Need(gpus=1)


def shared(gigabytes: int) -> Need:
    return Need(gpus=1, vram=gigabytes * GB, shared=True)


def scheduler(number: int = 1, strategy: Strategy = "priority", **options: object) -> Scheduler:
    found = Scheduler(ScheduleSpec.model_validate({"strategy": strategy, **options}), HOST)
    found.look(cards(number))
    return found


def begin(
    it: Scheduler, job: int, need: Need, ends: float | None, *on: int, user: str = ""
) -> None:
    devices = tuple(f"GPU-{i}" for i in on)
    vram = need.vram if need.shared else 0
    it.start(Running(job, need, 0.0, devices, vram, user, until=ends), 0.0)


def order(it: Scheduler, now: float = 1e6) -> list[int]:
    """Return the jobs in the order in which one machine would take them."""
    found = []
    while starts := it.decide(now):
        found.append(starts[0].job)
        it.remove(starts[0].job)
    return found
