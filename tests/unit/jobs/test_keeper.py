"""The keeper and its verbs, with processes pretended: what is told, started and written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from animstudio.jobs.order import After
from animstudio.jobs.schedule.state import Need
from animstudio.jobs.shim.folder import Ended, Folder
from animstudio.kernel.errors import AskedWrongly
from tests.unit.jobs.orders import FakeClock, plain
from tests.unit.jobs.rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    found = Rig(tmp_path, FakeClock())
    yield found
    found.store.base.close()


def test_no_more_start_than_there_is_room(rig: Rig):
    jobs = rig.submit(plain(), plain(), plain())
    assert rig.states(*jobs) == ["running", "running", "queued"]
    rig.end("1.1")
    assert rig.states(*jobs) == ["completed", "running", "running"]
    assert [launch.attempt for launch in rig.launcher.launches] == ["1.1", "2.1", "3.1"]


def test_a_failed_job_rests_and_is_tried_again(rig: Rig):
    (job,) = rig.submit(plain(retries=1, backoff=30.0))
    rig.end("1.1", code=1)
    assert rig.states(job) == ["queued"]
    assert rig.keeper.wakes_in() == pytest.approx(30)
    rig.clock.at += 31
    rig.keeper.start_ready()
    rig.end("1.2", code=1)
    assert rig.states(job) == ["failed"]


def test_who_depends_on_a_failed_job_is_cancelled_and_so_on(rig: Rig):
    first, second = rig.keeper.submit([("a", plain()), ("b", plain(after=(After("a"),)))])
    third, fourth = rig.keeper.submit([
        ("c", plain(after=(After(second),))), ("d", plain(after=(After(second, "any"),))),
    ])  # fmt: skip
    rig.keeper.start_ready()
    rig.end("1.1", code=1)
    assert rig.states(first, second, third, fourth) == [
        "failed", "cancelled", "cancelled", "running"]  # fmt: skip


def test_a_job_that_was_cancelled_before_it_ran_is_an_event_with_its_reason(rig: Rig):
    first, mine = rig.submit(plain(retries=1), plain(hold=True, name="mine"))
    rig.submit(plain(after=(After(first),)))
    rig.submit(plain(after=(After(3, "any"),), hold=True))
    rig.submit(plain(after=(After(mine),)))
    rig.end("1.1", code=1)
    assert rig.verbs.cancel([mine, first, 2]) == [mine, first]
    lines = (rig.folder / "events.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    told = {e["job"]: e["reason"] for e in events if e["type"] == "job.cancelled"}
    assert told == {
        1: "cancelled by its user", 2: "cancelled by its user",
        3: "job 1 was cancelled, and was to succeed", 5: "job 2 was cancelled, and was to succeed",
    }  # fmt: skip
    assert rig.submit(plain(after=(After(3),))) == [6]
    assert '"job":6' in (rig.folder / "events.jsonl").read_text().splitlines()[-1]


def test_a_batch_is_taken_whole_or_not_at_all(rig: Rig):
    with pytest.raises(AskedWrongly):
        rig.keeper.submit([("a", plain()), ("b", plain(after=(After(99),)))])
    assert rig.states(1, 2) == []
    assert rig.keeper.scheduler.decide(0.0) == []


def test_a_card_is_claimed_in_the_book_and_given_back(rig: Rig):
    whole = Need(1, 0, False, 0)
    jobs = rig.submit(plain(need=whole), plain(need=whole))
    assert rig.states(*jobs) == ["running", "queued"]
    assert [lease.what for lease in rig.cards.book.leases()] == ["job 1 (true)"]
    rig.end("1.1")
    assert [lease.what for lease in rig.cards.book.leases()] == ["job 2 (true)"]
    rig.end("2.1")
    assert rig.cards.book.leases() == []


def test_a_card_that_another_process_took_first_leaves_the_job_where_it_is(rig: Rig):
    token = rig.cards.book.claim({"GPU-fake-0000": None}, "a pipeline")
    (job,) = rig.submit(plain(need=Need(1)))
    assert rig.states(job) == ["queued"]
    assert rig.store.open_attempts() == []
    rig.cards.book.release(token)
    rig.clock.at += 10
    rig.keeper.start_ready()
    assert rig.states(job) == ["running"]


def test_another_daemon_goes_on_where_this_one_was(rig: Rig, tmp_path: Path):
    jobs = rig.submit(plain(), plain(), plain())
    rig.store.base.close()  # as a kill would
    Folder(tmp_path / "attempts/1.1").write_ended(Ended(0, "exited", "", 1.0))
    again = Rig(tmp_path, rig.clock)
    again.keeper.start_ready()
    # The first ended; the second was never begun by the launcher, so it is tried again.
    assert again.states(*jobs) == ["completed", "running", "running"]
    assert [launch.attempt for launch in again.launcher.launches] == ["2.2", "3.1"]
    again.store.base.close()


def test_a_drained_queue_starts_nothing(rig: Rig):
    rig.verbs.drain(on=True)
    (job,) = rig.submit(plain())
    assert rig.states(job) == ["queued"]
    rig.verbs.drain(on=False)
    rig.keeper.start_ready()
    assert rig.states(job) == ["running"]


def test_hold_and_release(rig: Rig):
    (job,) = rig.submit(plain(hold=True))
    assert rig.states(job) == ["pending"]
    assert rig.verbs.release([job]) == [job]
    rig.keeper.start_ready()
    assert rig.states(job) == ["running"]
    assert rig.verbs.hold([job]) == []


def test_who_waits_is_told_once_all_are_over(rig: Rig):
    jobs = rig.submit(plain(), plain())
    told: list[object] = []
    rig.verbs.handle({"verb": "wait", "jobs": jobs}, told.append)
    rig.end("1.1", code=3)
    rig.verbs.after_each()
    assert told == []
    rig.end("2.1")
    rig.verbs.after_each()
    assert told == [[(1, "failed", 3), (2, "completed", 0)]]


def test_a_strategy_is_kept_for_the_next_daemon(rig: Rig):
    assert rig.verbs.strategy("fifo") == "priority"
    assert rig.store.fact("strategy") == "fifo"
    with pytest.raises(AskedWrongly, match="did you mean 'fifo'"):
        rig.verbs.strategy("fif")


def test_unknown_verbs_are_refused(rig: Rig):
    with pytest.raises(AskedWrongly):
        rig.verbs.handle({"verb": "_each"}, lambda value: None)
