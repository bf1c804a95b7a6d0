"""What holds for any workload: nothing over-committed, nothing idle, nobody forgotten."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animstudio.jobs.schedule.backlog import Backlog
from animstudio.jobs.schedule.decide import plan
from animstudio.jobs.schedule.room import could_ever
from animstudio.jobs.schedule.runtimes import Runtimes
from animstudio.jobs.schedule.spec import ScheduleSpec
from animstudio.jobs.schedule.state import Device, Limit, Need, Running, Start, Strategy, Waiting
from animstudio.jobs.schedule.walk import Walk
from tests.unit.jobs.workloads import GB, HOST, Job, Play, cards, workloads

STRATEGIES = get_args(Strategy)
machines = st.integers(0, 3).map(cards)
strategies = st.sampled_from(STRATEGIES)


def fits(need: Need, devices: tuple[Device, ...], running: list[Running]) -> bool:
    """Say it independently of the scheduler: is there room for this besides those?"""
    cpus = sum(job.need.cpus for job in running) + need.cpus
    memory = sum(job.need.memory for job in running) + need.memory
    if cpus > HOST.cpus or memory > HOST.memory:
        return False
    good = 0
    for device in devices:
        here = [job for job in running if device.uuid in job.devices]
        used = sum(job.vram for job in here) + device.others
        if need.shared:
            good += all(job.need.shared for job in here) and used + need.vram <= device.total
        else:
            good += not here and device.others <= GB and need.vram + device.others <= device.total
    return good >= need.gpus


def full(limit: Limit | None, running: list[Running]) -> bool:
    """Say it independently of the scheduler: do as many of an array run as may?"""
    mine = [job for job in running if job.limit and limit and job.limit.array == limit.array]
    return limit is not None and len(mine) >= limit.at_most


def within_bounds(play: Play, starts: list[Start]) -> None:
    """Each start fits beside all that runs and those before it."""
    state = play.scheduler.state()
    running = list(state.running.values())
    for start in starts:
        job = state.backlog.get(start.job)
        assert job is not None
        assert len(set(start.devices)) == len(start.devices) == job.need.gpus
        chosen = tuple(d for d in play.devices if d.uuid in start.devices)
        assert fits(job.need, chosen, running)
        assert not full(job.limit, running), "more of an array run than may"
        running.append(
            Running(job.id, job.need, play.now, start.devices, start.vram, until=play.now,
                    limit=job.limit)
        )  # fmt: skip
    nothing_idle(play, starts, running)


def nothing_idle(play: Play, starts: list[Start], running: list[Running]) -> None:
    """Whoever still waits has no room, or is kept from the place of the first that has none."""
    state = play.scheduler.state()
    _, kept = plan(state, play.now, play.spec)
    begun = {start.job for start in starts}
    for job in state.backlog:
        if job.id in begun or not fits(job.need, play.devices, running):
            continue
        if full(job.limit, running):
            continue
        assert kept is not None, f"{job} could start, and nobody is waited for"
        if not kept.strict:
            assert play.now + state.runtimes.left(job) > kept.at, f"{job} would be done in time"


@given(workloads(), machines, strategies)
@settings(max_examples=40, deadline=None)
def test_nothing_over_committed_and_nothing_idle_and_all_run(
    jobs: list[Job], devices: tuple[Device, ...], strategy: Strategy
) -> None:
    play = Play(ScheduleSpec(strategy=strategy), devices, check=within_bounds)
    play.run(jobs)
    possible = {j.waiting.id for j in jobs if could_ever(j.waiting.need, HOST, devices)}
    assert set(play.ends) == possible


@given(workloads(), machines, strategies, st.integers(0, 12))
@settings(max_examples=40, deadline=None)
def test_strangers_are_respected(
    jobs: list[Job], devices: tuple[Device, ...], strategy: Strategy, used: int
) -> None:
    busy = tuple(Device(d.uuid, d.index, d.total, used * GB) for d in devices)
    play = Play(ScheduleSpec(strategy=strategy), busy, check=within_bounds)
    play.run(jobs)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_stream_of_others_starves_nobody(strategy: Strategy) -> None:
    """Two cards, and a job that needs both; small short urgent ones keep coming for a week."""
    big = Job(Waiting(1, Need(gpus=2), 0.5, "quiet", 0), 3600.0)
    small = Need(gpus=1)
    stream = [
        Job(Waiting(i, small, i * 400.0, "busy", 20, "s", left=60.0), 1000.0)  # guesses are wrong
        for i in range(2, 1500)
    ]
    begun = [Job(Waiting(9998 + i, small, 0.0, "busy", 20), 500.0 + 400 * i) for i in range(2)]
    play = Play(ScheduleSpec(strategy=strategy), cards(2))
    play.run([*begun, big, *stream])
    assert play.starts[1] < 3 * 86400


@given(workloads(12), strategies)
@settings(max_examples=50, deadline=None)
def test_deciding_changes_nothing(jobs: list[Job], strategy: Strategy) -> None:
    play = Play(ScheduleSpec(strategy=strategy), cards(2))
    for job in jobs:
        play.scheduler.add(job.waiting, 1e6)
    assert play.scheduler.decide(1e6) == play.scheduler.decide(1e6)


@given(workloads(20), strategies, st.data())
@settings(max_examples=40, deadline=None)
def test_a_backlog_that_changed_is_one_made_anew(
    jobs: list[Job], strategy: Strategy, data: st.DataObject
) -> None:
    play, fresh = (Play(ScheduleSpec(strategy=strategy), ()) for _ in range(2))
    leaving = data.draw(st.sets(st.sampled_from([job.waiting.id for job in jobs])))
    for job in jobs:
        play.scheduler.add(job.waiting, 1e6)
        play.scheduler.runtimes.learn(job.waiting.signature, "", job.takes)
        play.scheduler.state().backlog.relearn(job.waiting.signature, "")
    for gone in leaving:
        play.scheduler.remove(gone)
    fresh.scheduler.runtimes = fresh.scheduler.state().backlog._runtimes = play.scheduler.runtimes
    for job in jobs:
        if job.waiting.id not in leaving:
            fresh.scheduler.add(job.waiting, 1e6)
    if strategy == "shortest_job_first":  # signatures that never ran keep their older guess
        for name in ("", "x", "y"):
            play.scheduler.state().backlog.relearn(name, "")
    assert order(play) == order(fresh)


@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 20)), max_size=30),
    st.dictionaries(st.sampled_from("abcdexyz"), st.floats(0, 2)),
)
@settings(max_examples=60, deadline=None)
def test_users_come_by_score_and_each_ones_jobs_by_rank(
    asked: list[tuple[str, int]], scores: dict[str, float]
) -> None:
    backlog = Backlog(ScheduleSpec(strategy="fair_share"), Runtimes(1.0))
    ranks = {}
    for number, (user, priority) in enumerate(asked):
        backlog.add(Waiting(number, Need(cpus=number % 3), float(number), user, priority))
        ranks[number] = (scores.get(user, 0.0), number - 3600.0 * priority, number)
    walk = backlog.walk(lambda user: scores.get(user, 0.0), scores)
    assert order_of(walk) == sorted(ranks, key=ranks.__getitem__)


def test_users_who_only_wait_cost_a_decision_nothing() -> None:
    backlog = Backlog(ScheduleSpec(strategy="fair_share"), Runtimes(1.0))
    for number in range(5000):
        backlog.add(Waiting(number, Need(cpus=1), float(number), f"user {number}"))
    asked: list[str] = []

    def score(user: str) -> float:
        asked.append(user)
        return 0.0

    walk = backlog.walk(score, ["user 7"])
    for number in (0, 1, 2):
        job = walk.peek()
        assert job and job.id == number
        walk.drop()
    assert asked == ["user 7", "user 0", "user 1", "user 2", "user 3"]


def order(play: Play) -> list[int]:
    return order_of(play.scheduler.state().backlog.walk(lambda user: 0.0))


def order_of(walk: Walk) -> list[int]:
    found = []
    while (job := walk.peek()) is not None:
        found.append(job.id)
        walk.go()
    return found
