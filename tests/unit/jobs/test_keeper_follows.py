"""The keeper, and what jobs tell it while they run: progress, trouble, use of memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from animstudio.jobs.schedule.state import Need
from animstudio.jobs.shim.folder import Ended, Folder
from animstudio.jobs.store.reading import Reader
from animstudio.kernel.errors import AskedWrongly
from tests.unit.jobs.orders import FakeClock, plain
from tests.unit.jobs.rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    found = Rig(tmp_path, FakeClock())
    yield found
    found.store.base.close()


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
