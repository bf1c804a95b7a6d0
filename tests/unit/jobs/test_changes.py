"""What people do to jobs, in orders in which nobody was meant to do it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from animstudio.jobs.order import After
from animstudio.jobs.schedule.state import Need
from animstudio.kernel.errors import WorkFailed
from tests.unit.jobs.orders import FakeClock, plain
from tests.unit.jobs.rig import Rig


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Rig]:
    found = Rig(tmp_path, FakeClock())
    yield found
    found.store.base.close()


def control(queue: Rig, name: str) -> tuple[str, str]:
    found = queue.keeper.attempts.get(name).folder.control()
    return (found.verb, found.then) if found else ("", "")


def test_what_was_cancelled_is_not_paused_instead(queue: Rig) -> None:
    (job,) = queue.submit(plain())
    assert queue.verbs.cancel([job]) == [job]
    for how in ("freeze", "checkpoint", "requeue"):
        assert queue.verbs.pause([job], how) == []
    assert control(queue, "1.1") == ("stop", "cancelled")


def test_what_is_paused_can_be_cancelled(queue: Rig) -> None:
    jobs = queue.submit(plain(), plain())
    queue.verbs.pause(jobs[:1], "freeze")
    queue.verbs.pause(jobs[1:], "requeue")
    assert queue.verbs.cancel(jobs) == jobs
    assert control(queue, "1.1") == control(queue, "2.1") == ("stop", "cancelled")


def test_a_daemon_that_ends_its_jobs_brings_no_cancelled_one_back(queue: Rig) -> None:
    need = Need(cpus=0)
    jobs = queue.submit(plain(need=need), plain(need=need), plain(need=need))
    queue.verbs.cancel(jobs[:1])
    queue.verbs.pause(jobs[1:2], "freeze")
    queue.verbs.stop(lambda _: None, requeue=True)
    told = [control(queue, f"{job}.1")[1] for job in jobs]
    assert told == ["cancelled", "paused", "queued"]


def test_a_family_is_tried_again_in_its_order(queue: Rig) -> None:
    parent, child, other = 1, 2, 3
    queue.submit(plain(), plain(after=(After(1),)), plain(after=(After(2),)))
    queue.end("1.1", code=1)
    assert queue.states(1, 2, 3) == ["failed", "cancelled", "cancelled"]
    assert queue.verbs.retry([child]) == [], "what it depends on failed still"
    assert queue.verbs.retry([other, child, parent]) == [parent, child, other]
    queue.keeper.start_ready()
    assert queue.states(1, 2, 3) == ["running", "pending", "pending"]
    for job in (parent, child, other):
        queue.end(f"{job}.{2 if job == parent else 1}")
    assert queue.states(1, 2, 3) == ["completed"] * 3


def test_what_ran_once_needs_no_parent_to_be_tried_again(queue: Rig) -> None:
    queue.submit(plain(), plain(after=(After(1),)))
    queue.end("1.1")
    queue.end("2.1", code=1)
    queue.verbs.remove([1])
    assert queue.verbs.retry([2]) == [2]
    queue.keeper.start_ready()
    assert queue.states(2) == ["running"]


def test_a_full_disk_ends_nothing_and_leaves_all_in_step(queue: Rig) -> None:
    base = queue.store.base
    (running,) = queue.keeper.submit([("a", plain())])
    pages = base.execute("PRAGMA page_count").fetchone()[0]
    base.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(WorkFailed, match="cannot be written: database or disk is full"):
        queue.keeper.submit([(f"u{n}", plain("true", "x" * 5000)) for n in range(9)])
    assert [start.job for start in queue.keeper.scheduler.decide(0.0)] == [running]
    base.execute("PRAGMA max_page_count = 100000")
    assert queue.keeper.submit([("b", plain())]) == [running + 1], (
        "the next change is one of its own"
    )


def test_cards_of_what_could_not_be_written_are_given_back(
    queue: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    (job,) = queue.keeper.submit([("a", plain(need=Need(1)))])
    with monkeypatch.context() as patched, pytest.raises(WorkFailed):
        patched.setattr(queue.cards, "claim", lambda *a, c=queue.cards.claim: (c(*a), full()))
        queue.keeper.start_ready()
    assert queue.cards.book.leases() == []
    queue.keeper.start_ready()
    assert queue.states(job) == ["running"]
