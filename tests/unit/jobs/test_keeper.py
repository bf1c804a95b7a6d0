"""The keeper and its verbs, with processes pretended: what is told, started and written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from animstudio.gpu.book import Book
from animstudio.gpu.devices import looking
from animstudio.jobs.daemon.attempts import Attempts
from animstudio.jobs.daemon.cards import Cards
from animstudio.jobs.daemon.keeper import Keeper
from animstudio.jobs.daemon.launching import Launch
from animstudio.jobs.daemon.verbs import Verbs
from animstudio.jobs.job import After, Order, name_of
from animstudio.jobs.schedule.scheduler import Scheduler
from animstudio.jobs.schedule.spec import ScheduleSpec
from animstudio.jobs.schedule.state import Host, Need
from animstudio.jobs.shim.folder import Ended, Folder
from animstudio.jobs.store.schema import open_to_write
from animstudio.jobs.store.writing import Store
from animstudio.kernel.errors import AskedWrongly
from tests.unit.jobs.orders import FakeClock, plain


@dataclass
class FakeLauncher:
    """A launcher that only remembers."""

    launches: list[Launch] = field(default_factory=list)
    pid: int = 0

    def launch(self, launch: Launch) -> None:
        self.launches.append(launch)


class NoEvents:
    def when_readable(self, file: object, act: Callable[[], object]) -> None: ...

    def forget(self, file: object) -> None: ...

    def after(self, seconds: float, act: Callable[[], object]) -> None: ...


class Rig:
    """A keeper over a store in a folder."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.folder, self.clock, self.launcher = folder, clock, FakeLauncher()
        self.store = Store(open_to_write(folder), clock, folder)
        book = folder / "leases.sqlite"
        attempts = Attempts(folder, self.launcher, NoEvents(), clock, book)  # type: ignore[arg-type]
        cards = Cards(Book(book, looking("1x16G")), 800 << 20)
        scheduler = Scheduler(ScheduleSpec(), Host(2, 8 << 30))
        scheduler.look(cards.look(()))
        self.cards = cards
        self.keeper = Keeper(self.store, scheduler, attempts, cards)
        self.verbs = Verbs(self.keeper, lambda: None)
        self.keeper.recover()

    def submit(self, *orders: Order) -> list[int]:
        ids = self.keeper.submit([(f"u{id(order)}", order) for order in orders])
        self.keeper.start_ready()
        return ids

    def end(self, name: str, code: int = 0) -> None:
        Folder(self.folder / "attempts" / name).write_ended(Ended(code, "exited", "", 5.0))
        self.keeper.look(name)
        self.keeper.start_ready()

    def states(self, *jobs: int) -> list[str]:
        return [name_of(job.state) for n in jobs if (job := self.store.job(n))]


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
    assert told == [[(1, "failed", 3), (2, "completed", None)]]


def test_a_strategy_is_kept_for_the_next_daemon(rig: Rig):
    assert rig.verbs.strategy("fifo") == "priority"
    assert rig.store.fact("strategy") == "fifo"
    with pytest.raises(AskedWrongly, match="did you mean 'fifo'"):
        rig.verbs.strategy("fif")


def test_unknown_verbs_are_refused(rig: Rig):
    with pytest.raises(AskedWrongly):
        rig.verbs.handle({"verb": "_each"}, lambda value: None)
