"""The keeper and its verbs, with processes pretended: what is told, started and written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest

from animstudio.gpu.book import Book
from animstudio.gpu.devices import looking
from animstudio.jobs.daemon.attempts import Attempts
from animstudio.jobs.daemon.cards import Cards
from animstudio.jobs.daemon.keeper import Keeper
from animstudio.jobs.daemon.launching import Launch
from animstudio.jobs.daemon.verbs import Verbs
from animstudio.jobs.job import name_of
from animstudio.jobs.order import After, Order
from animstudio.jobs.schedule.scheduler import Scheduler
from animstudio.jobs.schedule.spec import ScheduleSpec
from animstudio.jobs.schedule.state import Host, Need
from animstudio.jobs.shim.folder import Ended, Folder
from animstudio.jobs.store.reading import Reader
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
        ids = self.keeper.submit([(str(uuid4()), order) for order in orders])
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


def followed(rig: Rig, name: str, text: str) -> None:
    """Let a job write, and the keeper look at it."""
    log = Folder(rig.folder / "attempts" / name).log
    log.write_text(text)
    rig.clock.at += 3
    rig.keeper.watch()


def test_progress_is_noted_and_tells_when_a_job_ends(rig: Rig):
    (job,) = rig.submit(plain())
    followed(rig, "1.1", "steps: 15%|# | 195/1300 [02:10<12:17, 1.50it/s, avr_loss=0.09]\r")
    reader = Reader(rig.folder)
    assert reader.seen([job])[job].progress["step"] == 195
    reader.close()
    running = rig.keeper.scheduler.state().running[job]
    assert running.until == pytest.approx(rig.clock.now() + 737)


def test_a_job_is_stopped_for_what_it_said_and_has_failed(rig: Rig):
    (job,) = rig.submit(plain(follow={"stop_on": ["nan"]}, retries=3))
    followed(rig, "1.1", "step 5/10 loss=nan\n")
    folder = Folder(rig.folder / "attempts/1.1")
    control = folder.control()
    assert control is not None and (control.verb, control.trouble) == ("stop", "nan")
    folder.write_ended(Ended(143, "stop", control.reason, 5.0))
    rig.keeper.look("1.1")
    assert rig.states(job) == ["failed"], "the same would come again"
    events = [json.loads(line) for line in (rig.folder / "events.jsonl").read_text().splitlines()]
    assert [event["type"] for event in events] == ["job.started", "job.alarm", "job.ended"]


def test_silence_while_frozen_is_no_stall(rig: Rig):
    (job,) = rig.submit(plain(follow={"stall": 60, "stop_on": ["stalls"]}))
    followed(rig, "1.1", "step 5/10 loss=0.1\n")
    rig.verbs.pause([job], "freeze")
    for _ in range(10):
        rig.clock.at += 20
        rig.keeper.watch()
    rig.verbs.resume([job])
    rig.clock.at += 20
    rig.keeper.watch()
    control = Folder(rig.folder / "attempts/1.1").control()
    assert control is not None and control.verb == "thaw"
    for _ in range(4):
        rig.clock.at += 20
        rig.keeper.watch()
    control = Folder(rig.folder / "attempts/1.1").control()
    assert control is not None and control.trouble == "stalls"


def test_who_ran_out_of_a_cards_memory_gets_more_also_after_a_restart(rig: Rig):
    need = Need(1, 4 << 30, True)
    _, other = rig.submit(
        plain("train", need=need, retries=1), plain("train", need=need, hold=True)
    )
    Folder(rig.folder / "attempts/1.1").log.write_text(
        "torch.OutOfMemoryError: CUDA out of memory\n"
    )
    rig.end("1.1", code=1)
    rig.clock.at += 31
    rig.keeper.start_ready()
    (attempt,) = rig.store.open_attempts()
    assert (attempt.name, attempt.vram) == ("1.2", pytest.approx(5 << 30, rel=0.001))
    rig.keeper.attempts.home.joinpath("attempts/1.2").mkdir(exist_ok=True)
    again = Rig(rig.folder, rig.clock)
    again.verbs.release([other])
    again.keeper.start_ready()
    assert {a.name: a.vram for a in again.store.open_attempts()}["2.1"] > 4 << 30
    again.store.base.close()


def test_a_resumable_job_that_ran_out_of_time_goes_on(rig: Rig):
    (first, second) = rig.submit(plain(resumable=True, retries=1), plain(retries=1))
    for name in ("1.1", "2.1"):
        Folder(rig.folder / "attempts" / name).write_ended(Ended(143, "timeout", "too long", 9.0))
        rig.keeper.look(name)
    assert rig.states(first, second) == ["queued", "failed"]


def test_usage_outlives_the_daemon(rig: Rig):
    rig.submit(plain())
    rig.clock.at += 3600
    rig.end("1.1")
    used = rig.keeper.scheduler.usage.score("u", rig.clock.now())
    again = Rig(rig.folder, rig.clock)
    assert 0 < again.keeper.scheduler.usage.score("u", rig.clock.now()) == pytest.approx(used)
    again.store.base.close()


def test_a_share_that_no_card_can_give_is_refused_with_one_that_fits(rig: Rig):
    with pytest.raises(AskedWrongly, match="15584M is the most"):
        rig.submit(plain(need=Need(1, 16 << 30, True)))
    (job,) = rig.submit(plain(need=Need(1, 15584 << 20, True)))
    assert rig.states(job) == ["running"]


def test_what_a_job_turned_out_not_to_use_is_for_others(rig: Rig, monkeypatch: pytest.MonkeyPatch):
    (job,) = rig.submit(plain(need=Need(1, 8 << 30, True)))
    (attempt,) = rig.store.open_attempts()
    look = rig.cards.look

    def seen(ours: set[str]) -> object:
        found = look(ours)
        rig.cards.used = {attempt.token: 2 << 30}
        return found

    monkeypatch.setattr(rig.cards, "look", seen)
    for _ in range(12):
        rig.clock.at += 20
        rig.keeper.watch()
    stays = int((2 << 30) * 1.1)
    assert rig.keeper.scheduler.state().running[job].vram == stays
    assert [lease.size for lease in rig.cards.book.leases()] == [stays]
