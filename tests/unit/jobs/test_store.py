"""The store: ids, idempotence, claims, and what survives."""

from __future__ import annotations

import json
import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from animstudio.jobs.job import Cancelled, Completed, Queued, Running, name_of
from animstudio.jobs.order import After
from animstudio.jobs.schedule.state import Need, Start
from animstudio.jobs.store.reading import Reader
from animstudio.jobs.store.schema import FILE, open_to_read, open_to_write
from animstudio.jobs.store.writing import Store, Taken
from animstudio.kernel.errors import AskedWrongly, WorkFailed
from tests.unit.jobs.orders import FakeClock, plain


@pytest.fixture
def store(tmp_path: Path):
    found = Store(open_to_write(tmp_path), FakeClock(), tmp_path)
    yield found
    found.base.close()


def submitted(store: Store, uuid: str = "a", **changes: object) -> int:
    with store.change():
        job, _ = store.submit(uuid, plain(**changes))
        store.set(job, Queued(store.clock.wall()))
    return job


def test_what_was_committed_is_there_after_the_process_is_gone(tmp_path: Path, store: Store):
    job = submitted(store, name="train", tags=("night",))
    again = Store(open_to_write(tmp_path), FakeClock(), tmp_path)
    found = again.job(job)
    again.base.close()
    assert found is not None
    assert (found.order.name, found.order.tags, name_of(found.state)) == (
        "train", ("night",), "queued")  # fmt: skip


def test_the_file_is_its_users_alone_and_synchronous(tmp_path: Path, store: Store):
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert store.base.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store.base.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_uuid_makes_one_job_only(store: Store):
    assert submitted(store, "same") == submitted(store, "same")


def test_ids_are_never_given_again(store: Store):
    first = submitted(store, "a")
    with store.change():
        store.remove(first)
    assert submitted(store, "b") == first + 1


def test_a_change_that_fails_leaves_nothing(store: Store):
    with pytest.raises(AskedWrongly, match="no job 99"), store.change():
        store.submit("a", plain())
        store.submit("b", plain(after=(After(99),)))
    assert store.job(1) is None


def test_a_claim_is_an_attempt_and_its_leases(store: Store):
    need = Need(1, 4, shared=True)
    one, two, alone = (submitted(store, uuid, need=need) for uuid in "abc")
    with store.change():
        store.claim(Start(one, ("card",), 4), need, "t1")
        store.claim(Start(two, ("card",), 4), need, "t2")
        with pytest.raises(Taken):  # it wants the card for itself
            store.claim(Start(alone, ("card",), 0), Need(1), "t3")
        with pytest.raises(Taken):  # it runs already
            store.claim(Start(one, ("card",), 4), need, "t4")
    found = store.job(one)
    assert found is not None
    assert isinstance(found.state, Running)
    assert [attempt.token for attempt in store.open_attempts()] == ["t1", "t2"]


def test_the_end_of_an_attempt_frees_its_cards(store: Store):
    job = submitted(store)
    with store.change():
        attempt = store.claim(Start(job, ("card",), 0), Need(1), "t")
    with store.change():
        store.end(replace(attempt, until=1.0, outcome="completed", code=0), Completed(1.0))
    assert store.open_attempts() == []
    assert store.base.execute("SELECT count(*) FROM leases").fetchone() == (0,)


def test_a_back_off_is_counted_by_a_clock_that_nobody_sets(store: Store):
    job = submitted(store)
    clock = store.clock
    assert isinstance(clock, FakeClock)
    with store.change():
        store.set(job, Queued(clock.wall(), wait=60.0))
    clock.at += 20
    clock.day -= 86_400  # somebody corrects the time of day
    assert store.rest(job) == pytest.approx(40)
    clock.boot = "boot-2"
    assert store.rest(job) == 0


@pytest.mark.parametrize(
    ("condition", "ending", "word"),
    [("ok", Completed(0.0), "ready"), ("ok", Cancelled(0.0, ""), "never"),
     ("any", Cancelled(0.0, ""), "ready"), ("fail", Completed(0.0), "never")],
)  # fmt: skip
def test_dependencies(store: Store, condition: str, ending: Completed | Cancelled, word: str):
    first = submitted(store, "a")
    with store.change():
        second, _ = store.submit("b", plain(after=(After("a", condition),)))  # type: ignore[arg-type]
    assert store.verdict(second).word == "waits"
    with store.change():
        store.set(first, ending)
    assert store.verdict(second).word == word


def test_readers_cannot_write(tmp_path: Path, store: Store):
    submitted(store)
    base = open_to_read(tmp_path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        base.execute("DELETE FROM jobs")
    base.close()


def test_selectors(tmp_path: Path, store: Store):
    for number in range(1, 6):
        submitted(store, str(number), name=f"job-{number}", tags=("odd",) if number % 2 else ())
    reader = Reader(tmp_path)
    assert reader.select(["2-4"]) == [2, 3, 4]
    assert reader.select(["last", "1"]) == [5, 1]
    assert reader.select(["all"], tags=["odd"]) == [1, 3, 5]
    assert reader.select([], ["queued"]) == [1, 2, 3, 4, 5]
    assert reader.select(["job-3"]) == [3]
    with pytest.raises(AskedWrongly, match="did you mean 'queued'"):
        reader.select([], ["qeued"])
    with pytest.raises(AskedWrongly, match="the last one is 5"):
        reader.select(["9"])
    with pytest.raises(AskedWrongly, match="did you mean 'job-"):
        reader.select(["jobb-3"])
    reader.close()


def test_network_file_systems_are_refused(tmp_path: Path):
    (tmp_path / "self").mkdir()
    mounts = "22 1 0:1 / / rw - ext4 /dev/sda rw\n30 22 0:9 / /home rw - nfs4 server:/home rw\n"
    (tmp_path / "self/mountinfo").write_text(mounts)
    with pytest.raises(AskedWrongly, match="network file system"):
        open_to_write(Path("/home/somebody"), proc=tmp_path)


def test_a_later_version_is_not_touched(tmp_path: Path, store: Store):
    store.base.execute("PRAGMA user_version=99")
    with pytest.raises(WorkFailed, match="later version"):
        open_to_write(tmp_path)


def test_a_store_of_the_first_version_loads_with_its_jobs(tmp_path: Path, store: Store):
    job = submitted(store)
    asked = store.base.execute("SELECT asked FROM jobs").fetchone()[0]
    later = ("follow", "part")
    old = {name: value for name, value in json.loads(asked).items() if name not in later}
    store.base.execute("UPDATE jobs SET asked = ?", (json.dumps(old),))
    store.base.executescript(
        "DROP TABLE followed; DROP TABLE arrays; DROP INDEX jobs_of_arrays;"
        "ALTER TABLE jobs DROP COLUMN array; ALTER TABLE jobs DROP COLUMN array_index;"
        "PRAGMA user_version = 1"
    )
    store.base.close()
    base = open_to_write(tmp_path)
    again = Store(base, store.clock, tmp_path)
    found = again.job(job)
    assert found is not None and found.order.follow == {}
    assert (found.order.part, found.array, found.title) == (None, None, "true")
    assert again.mark(job) is None
    base.close()
