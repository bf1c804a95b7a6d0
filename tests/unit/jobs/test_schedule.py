"""The orders, the reservation, and what the scheduler is told and tells."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest

from animstudio.jobs.schedule.runtimes import Runtimes
from animstudio.jobs.schedule.scheduler import Scheduler
from animstudio.jobs.schedule.settle import Settling
from animstudio.jobs.schedule.simulate import simulate
from animstudio.jobs.schedule.spec import ScheduleSpec
from animstudio.jobs.schedule.state import Dependency, Host, Need, Running, Waiting
from tests.unit.jobs.workloads import (
    GB,
    ONE,
    begin,
    cards,
    order,
    scheduler,
    shared,
)


def test_first_come_first_served() -> None:
    it = scheduler(strategy="fifo")
    for job, at, priority in [(1, 5.0, 20), (2, 3.0, 0), (3, 5.0, 0)]:
        it.add(Waiting(job, ONE, at, priority=priority), 10.0)
    assert order(it) == [2, 1, 3]


def test_higher_priority_first_and_waiting_counts() -> None:
    it = scheduler(priority_worth=100.0)
    for job, at, priority in [(1, 0.0, 5), (2, 0.0, 10), (3, 90.0, 6), (4, 850.0, 14)]:
        it.add(Waiting(job, ONE, at, priority=priority), 1000.0)
    assert order(it) == [2, 4, 3, 1]  # ranks -1000, -550, -510, -500


def test_shortest_first_and_waiting_counts() -> None:
    it = scheduler(strategy="shortest_job_first", aging=0.5)
    it.runtimes.learn("long", "", 1000.0)
    it.runtimes.learn("short", "", 10.0)
    it.add(Waiting(1, ONE, 0.0, signature="long"), 0.0)
    it.add(Waiting(2, ONE, 100.0, signature="short"), 0.0)
    it.add(Waiting(3, ONE, 3000.0, signature="short"), 0.0)
    it.add(Waiting(4, ONE, 100.0, signature="long", left=5.0), 0.0)
    assert order(it) == [4, 2, 1, 3]


def test_a_new_prediction_changes_the_order_of_who_waits() -> None:
    it = scheduler(strategy="shortest_job_first")
    it.runtimes.learn("a", "", 100.0)
    it.runtimes.learn("b", "", 200.0)
    for job, name in [(1, "a"), (2, "b"), (3, "a")]:
        it.add(Waiting(job, ONE, 0.0, signature=name), 0.0)
    it.start(Running(9, Need(), 0.0, signature="a"), 0.0)
    it.end(9, 5000.0, completed=True)
    assert order(it) == [2, 1, 3]


def test_the_last_two_runs_and_then_the_kind() -> None:
    runtimes = Runtimes(unknown=3600.0)
    assert runtimes.expected("lora", "train") == 3600.0
    for seconds in (10.0, 100.0, 200.0):
        runtimes.learn("lora", "train", seconds)
    assert runtimes.expected("lora", "train") == 150.0
    assert runtimes.expected("other", "train") == 100.0


def test_a_prediction_that_was_exceeded_is_raised() -> None:
    runtimes = Runtimes(unknown=3600.0)
    runtimes.learn("lora", "", 100.0)
    job = Running(1, ONE, 0.0, signature="lora")
    assert [runtimes.end(job, now) for now in (50.0, 101.0, 161.0, 500.0)] == [
        100.0, 160.0, 400.0, 1000.0,
    ]  # fmt: skip
    assert runtimes.end(job, 1e9) > 1e9
    assert runtimes.end(Running(1, ONE, 0.0, until=70.0), 50.0) == 70.0


def test_shares_are_packed_so_that_whole_cards_stay_free() -> None:
    it = scheduler(2)
    begin(it, 1, shared(6), 100.0, 1)
    it.add(Waiting(2, shared(7), 0.0), 0.0)
    it.add(Waiting(3, ONE, 1.0), 0.0)
    assert [(s.job, s.devices, s.vram) for s in it.decide(5.0)] == [
        (2, ("GPU-1",), 7 * GB), (3, ("GPU-0",), 0),
    ]  # fmt: skip


def test_a_later_job_may_fill_the_gap_and_not_delay_the_first() -> None:
    for backfill in (True, False):
        it = scheduler(2, backfill=backfill)
        begin(it, 1, ONE, 1000.0, 0)
        it.add(Waiting(2, Need(gpus=2), 0.0), 0.0)
        it.add(Waiting(3, ONE, 1.0, left=2000.0), 0.0)
        it.add(Waiting(4, ONE, 2.0, left=900.0), 0.0)
        assert [s.job for s in it.decide(50.0)] == [4] * backfill


def test_a_job_that_uses_nothing_of_the_reserved_place_may_start() -> None:
    it = scheduler(3)
    begin(it, 1, ONE, 1000.0, 0)
    begin(it, 2, shared(10), 1000.0, 1)
    it.add(Waiting(3, Need(gpus=2), 0.0), 0.0)
    it.add(Waiting(4, Need(gpus=3), 1.0), 0.0)
    it.add(Waiting(5, shared(5), 2.0, left=1e6), 0.0)
    assert [(s.job, s.devices) for s in it.decide(50.0)] == [(5, ("GPU-1",))]


def test_after_much_patience_no_guess_lets_others_go_first() -> None:
    it = scheduler(2, patience=100.0)
    begin(it, 1, ONE, 1000.0, 0)
    it.add(Waiting(2, Need(gpus=2), 0.0), 0.0)
    it.add(Waiting(3, ONE, 1.0, left=5.0), 0.0)
    assert [s.job for s in it.decide(99.0)] == [3]
    assert it.decide(101.0) == []


def test_what_can_never_run_holds_up_nobody() -> None:
    it = scheduler(1)
    it.add(Waiting(1, shared(40), 0.0), 0.0)
    it.add(Waiting(2, ONE, 1.0), 0.0)
    assert [s.job for s in it.decide(5.0)] == [2]
    why = it.why(1, 5.0)
    assert why.never and why.waits_for == "40G on a graphics card"


def test_why_a_job_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("animstudio.jobs.schedule.why._PATIENCE", 60)
    it = scheduler(1)
    begin(it, 5, shared(12), 7200.0, 0)
    it.add(Waiting(6, shared(7), 0.0, left=600.0), 0.0)
    it.add(Waiting(7, shared(7), 1.0), 0.0)
    why = it.why(6, 60.0)
    assert (why.waits_for, why.held_by) == (
        "7G on a graphics card", ("job 5 (12G) for about 1 h 59 min",)
    )  # fmt: skip
    assert (why.ahead, why.expected) == (0, 7200.0)
    assert it.why(7, 60.0).ahead == 1
    it.look([*cards(1, others=10 * GB, who="python(4711)")])
    assert "python(4711) (10G)" in it.why(6, 60.0).held_by
    it.add(Waiting(8, Need(cpus=2), 0.0, not_before=500.0), 60.0)
    assert it.why(8, 60.0).waits_for == "the end of its back-off"
    with pytest.raises(KeyError):
        it.why(99, 60.0)


def test_a_job_that_only_waits_for_its_turn_is_told_so() -> None:
    it = scheduler(2)
    begin(it, 1, ONE, 1000.0, 0)
    it.add(Waiting(2, Need(gpus=2), 0.0), 0.0)
    it.add(Waiting(3, ONE, 1.0, left=2000.0), 0.0)
    assert it.why(3, 50.0).waits_for == "its turn: job 2 goes first"


def test_back_off() -> None:
    it = scheduler()
    it.add(Waiting(1, ONE, 0.0, not_before=100.0), 50.0)
    assert (it.decide(99.0), it.wakes_at()) == ([], 100.0)
    assert [s.job for s in it.decide(100.0)] == [1]
    assert it.wakes_at() is None


def test_a_job_taken_away_while_it_rests_never_comes_back() -> None:
    it = scheduler()
    it.add(Waiting(1, ONE, 0.0, not_before=100.0), 50.0)
    it.remove(1)
    assert (it.wakes_at(), it.decide(200.0)) == (None, [])


def test_what_a_job_does_not_use_is_given_to_others() -> None:
    it = scheduler()
    begin(it, 1, shared(14), 1e6, 0)
    it.add(Waiting(2, shared(8), 0.0), 0.0)
    assert it.decide(1.0) == []
    it.change(1, vram=6 * GB)
    assert [s.job for s in it.decide(1.0)] == [2]


def test_the_declared_amount_is_kept_until_use_is_calm() -> None:
    use = Settling(declared=12 * GB)
    assert use.watch(0, 0.0) == 12 * GB
    assert use.watch(0, 500.0) == 12 * GB  # it still loads its data
    assert use.watch(5 * GB, 510.0) == 12 * GB
    assert use.watch(6 * GB, 600.0) == 12 * GB
    assert use.watch(4 * GB, 730.0) == int(6 * GB * 1.1)
    assert use.watch(13 * GB, 740.0) == 13 * GB


def test_a_timeline_with_dependencies() -> None:
    it = scheduler(1)
    it.add(Waiting(1, ONE, 0.0, left=100.0), 0.0)
    it.add(Waiting(2, Need(gpus=2), 0.0, left=100.0), 0.0)  # there is one card
    later = {
        3: (Waiting(3, ONE, 0.0, left=50.0), [Dependency(1)]),
        4: (Waiting(4, ONE, 0.0, left=50.0), [Dependency(3, "any"), Dependency(1)]),
        5: (Waiting(5, ONE, 0.0, left=50.0), [Dependency(1, "fail")]),
    }
    planned = list(simulate(it.state(), 10.0, it.spec, later))
    assert [(p.job, p.start, p.end) for p in planned] == [
        (1, 10.0, 110.0), (3, 110.0, 160.0), (4, 160.0, 210.0),
    ]  # fmt: skip
    assert len(it.state().backlog) == 2


def test_a_hundred_thousand_jobs_wait() -> None:
    """The next decision is a matter of milliseconds of processor time, whoever else has some."""
    it = Scheduler(ScheduleSpec(), Host(16, 64 * GB))
    it.look(cards(8))
    dice = random.Random(1)
    for job in range(1, 100_001):
        need = shared(dice.choice([4, 7, 12])) if job % 3 else Need(cpus=2)
        it.add(Waiting(job, need, float(job), f"u{job % 5}", dice.randrange(20)), 1e6)
    for start in it.decide(1e6):
        waiting = it.state().backlog.get(start.job)
        assert waiting
        it.start(Running(start.job, waiting.need, 1e6, start.devices, start.vram), 1e6)
    times = [time.process_time()]
    for _ in range(5):
        it.decide(1e6)
        times.append(time.process_time())
    assert min(after - before for before, after in pairwise(times)) < 0.2
