"""Arrays: what is asked for, what comes of it in the store, and how many of one run at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from animstudio.jobs.array import MOST, Indexes, entries, indexes
from animstudio.jobs.batch import read_batch, timeline
from animstudio.jobs.job import Queued, name_of
from animstudio.jobs.job import Running as AtWork
from animstudio.jobs.order import After
from animstudio.jobs.schedule.scheduler import Scheduler
from animstudio.jobs.schedule.spec import ScheduleSpec
from animstudio.jobs.schedule.state import Host, Limit, Need, Running, Waiting
from animstudio.jobs.spec import JobSpec
from animstudio.jobs.store.reading import Reader
from animstudio.jobs.store.schema import open_to_write
from animstudio.jobs.store.writing import Store
from animstudio.kernel.errors import AskedWrongly
from tests.unit.jobs.orders import FakeClock, plain
from tests.unit.jobs.rig import Rig
from tests.unit.jobs.workloads import HOST, cards


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0-3", Indexes((0, 1, 2, 3))),
        ("7", Indexes((7,))),
        ("7,1,3", Indexes((1, 3, 7))),
        ("0-99:25", Indexes((0, 25, 50, 75))),
        ("0-1,5-6%2", Indexes((0, 1, 5, 6), 2)),
        (" 0 - 1 , 4 % 1 ", Indexes((0, 1, 4), 1)),
    ],
)
def test_indexes(text: str, found: Indexes):
    assert indexes(text) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no index"),
        ("%4", "names no index"),
        ("9-0", "goes down; write 0-9"),
        ("-3", "the least index is 0"),
        ("0--3", "'0--3' is no index"),
        ("0-1000000", "10,000 jobs at most"),
        (f"0-{MOST}", "10,000 jobs at most"),
        ("0-5,3", "3 is named twice"),
        ("1,,2", "a comma too many"),
        ("0-9:0", "never arrives"),
        ("0-9%0", "how many run at once"),
        ("0-9%", "how many run at once"),
        ("0-9%four", "how many run at once"),
        ("99999999999", "more than the largest index"),
        ("9" * 5000, "is no index"),
        ("０-３", "is no index"),
    ],
)
def test_what_is_no_array_is_told_kindly(text: str, said: str):
    with pytest.raises(AskedWrongly, match=said):
        indexes(text)


def asked(*argv: str, **spec: object) -> list:  # type: ignore[type-arg]
    options = JobSpec.model_validate(spec)
    return entries(argv, options, cwd=Path("/"), environment={"A": "b"}, user="u", uuid="mine")


def test_each_job_has_its_index_and_shares_the_rest():
    places = {"log": Path("log {index}"), "output": Path("out/{index}"), "env": ("N=x{index}",)}
    found = asked("sheet", "--part={index}", array="0-4:2%2", name="路卡 sheets", **places)
    assert [uuid for uuid, _ in found] == ["mine_0", "mine_2", "mine_4"]
    _, one = found[1]
    assert one.argv == ("sheet", "--part=2")
    assert (one.env["N"], one.log, one.output) == ("x2", "/log 2", "/out/2")
    assert {order.name for _, order in found} == {"路卡 sheets"}
    assert {order.signature for _, order in found} == {"sheet --part={index}"}, "they take as long"
    assert one.part is not None and (one.part.index, one.part.at_most) == (2, 2)


def test_without_an_array_a_word_in_braces_is_a_word():
    ((uuid, order),) = asked("echo", "{index}")
    assert (uuid, order.argv, order.part) == ("mine", ("echo", "{index}"), None)


def test_names_and_logs_that_cannot_be_shared():
    with pytest.raises(AskedWrongly, match="share a name"):
        asked("true", array="0-1", name="n{index}")
    with pytest.raises(AskedWrongly, match="names no index"):
        asked("true", array="")
    with pytest.raises(AskedWrongly, match="write over each other") as caught:
        asked("true", array="0-1", log=Path("a/log.txt"))
    assert caught.value.hint == "--log a/log-{index}.txt"


@pytest.fixture
def store(tmp_path: Path):
    found = Store(open_to_write(tmp_path), FakeClock(), tmp_path)
    yield found
    found.base.close()


def submit(store: Store, found: list) -> list[int]:  # type: ignore[type-arg]
    with store.change():
        return [store.submit(uuid, order)[0] for uuid, order in found]


def test_an_array_has_the_id_of_its_first_job_and_is_submitted_once(store: Store):
    submit(store, [("a", plain())])
    ids = submit(store, asked("true", array="3,5,9"))
    assert ids == [2, 3, 4]
    assert submit(store, asked("true", array="3,5,9")) == ids
    jobs = [store.job(number) for number in ids]
    assert [job.place for job in jobs if job] == ["2_3", "2_5", "2_9"]
    with store.change():
        store.remove(2)
    assert submit(store, asked("true", array="3,5,9")) == [5, 3, 4]
    again = store.job(5)
    assert again is not None and again.place == "2_3", "the array stays what it was"
    with store.change():
        for number in (3, 4, 5):
            store.remove(number)
    assert store.base.execute("SELECT count(*) FROM arrays").fetchone() == (0,)


def test_its_jobs_are_selected_and_waited_for(tmp_path: Path, store: Store):
    submit(store, asked("true", array="3,5,9"))
    last = submit(store, [("z", plain(after=(After("1_5-9", "ok"), After("1_3", "any"))))])[0]
    reader = Reader(tmp_path)
    assert reader.waits_for(last) == [(1, "any", "pending"), (2, "ok", "pending"),
                                      (3, "ok", "pending")]  # fmt: skip
    assert reader.select(["1_all"]) == [1, 2, 3]
    assert reader.select(["1_5"]) == [2]
    assert reader.select(["1_4-9", "last"]) == [2, 3, 4]
    for word, said in (("1_4", "the indexes of array 1 are 3,5,9"), ("2_5", "belongs to array 1"),
                       ("4_all", "job 4 is no array"), ("77_1", "the last one is 4")):  # fmt: skip
        with pytest.raises(AskedWrongly, match=said):
            reader.select([word])
    reader.close()
    with pytest.raises(AskedWrongly, match="no job 1_7 to wait for"):
        submit(store, [("y", plain(after=(After("1_7"),)))])


def test_those_that_wait_alike_are_one_line(tmp_path: Path, store: Store):
    ids = submit(store, asked("true", array="1-5,8"))
    (alone,) = submit(store, [("z", plain())])
    tagged = JobSpec(array="7", tag=("x",))
    other = submit(store, entries(["true"], tagged, cwd=Path("/"), environment={}, user="u"))
    with store.change():
        for job in (*ids[:4], alone):
            store.set(job, Queued(1.0))
        store.set(ids[0], AtWork(1.0, 1))
    reader = Reader(tmp_path)
    alike = reader.gathered()
    assert [(first, found.indexes) for first, found in alike.items()] == [
        (5, (5, 8)), (2, (2, 3, 4))
    ]  # fmt: skip
    assert [job.id for job in reader.latest(0, gathered=alike)] == [1, 2, alone, 5, *other]
    assert [job.id for job in reader.latest(3, gathered=alike)] == [1, 2, alone]
    assert len(reader.latest(0)) == 8
    queued = reader.gathered(["queued"])
    assert [job.id for job in reader.latest(0, ["queued"], (), queued)] == [2, alone]
    assert reader.gathered(tags=["x"]) == {}
    reader.close()


def test_a_list_tells_of_one_moment(tmp_path: Path, store: Store):
    """Else who ends between two looks is there twice, and who begins stands for those who wait."""
    submit(store, asked("true", array="1-3"))
    with store.change():
        for job in (1, 2, 3):
            store.set(job, Queued(1.0))
    reader = Reader(tmp_path)
    alike = reader.gathered()
    with store.change():
        store.set(1, AtWork(2.0, 1))
    assert [(job.id, name_of(job.state)) for job in reader.latest(0, gathered=alike)] == [
        (1, "queued")
    ]
    assert reader.counts()["running"] == 0
    reader.close()


def test_as_many_run_as_may_and_the_rest_of_the_queue_goes_on():
    it = Scheduler(ScheduleSpec(), HOST)
    it.look(cards(1))
    for job in range(1, 6):
        it.add(Waiting(job, Need(), 0.0, limit=Limit(1, 2)), 0.0)
    it.add(Waiting(6, Need(), 1.0), 0.0)
    assert [start.job for start in it.decide(2.0)] == [1, 2, 6]
    for job in (1, 2):
        it.start(Running(job, Need(), 2.0, until=62.0, limit=Limit(1, 2)), 2.0)
    why = it.why(3, 2.0)
    assert why.waits_for == "its turn in array 1, of which 2 may run at once"
    assert why.held_by == ("job 1 for about 1 min", "job 2 for about 1 min")
    assert why.expected == 62.0
    it.end(1, 3.0, completed=True)
    assert [start.job for start in it.decide(3.0)] == [3, 6]


def test_nothing_is_kept_free_for_a_job_that_does_not_wait_for_room():
    it = Scheduler(ScheduleSpec(), HOST)
    it.look(cards(1))
    it.start(Running(1, Need(), 0.0, until=9e9, limit=Limit(1, 1)), 0.0)
    it.add(Waiting(2, Need(gpus=1), 0.0, priority=20, limit=Limit(1, 1)), 0.0)
    it.add(Waiting(3, Need(gpus=1), 1.0, priority=0), 0.0)
    assert [start.job for start in it.decide(2.0)] == [3]


def test_the_limit_holds_in_the_daemon_and_in_the_next_one(tmp_path: Path):
    rig = Rig(tmp_path, FakeClock())
    jobs = rig.keeper.submit(asked("sheet", "{index}", array="4-6%1"))
    rig.keeper.start_ready()
    assert rig.states(*jobs) == ["running", "queued", "queued"]
    (launch,) = rig.launcher.launches
    assert launch.argv == ["sheet", "4"]
    assert (launch.env["ANIMSTUDIO_ARRAY_ID"], launch.env["ANIMSTUDIO_ARRAY_INDEX"]) == ("1", "4")
    assert "its turn in array 1" in rig.verbs.why(2)["waits_for"]
    again = Rig(rig.folder, rig.clock)
    again.keeper.start_ready()
    assert again.states(*jobs).count("running") == 1
    again.store.base.close()
    rig.store.base.close()


def test_arrays_in_a_batch(tmp_path: Path):
    file = tmp_path / "b.yaml"
    file.write_text(
        "jobs:\n"
        "  - {name: 's-{who}', command: 'sheet {who} {index}', matrix: {who: [a, b]},\n"
        "     array: 0-2%1, expected: 10m}\n"
        "  - {name: single, command: 'x {index}', array: 5}\n"
        "  - {name: listed, command: x, array: [2, 4]}\n"
        "  - {name: end, command: y, after: ['s-{who}', 7_all]}\n"
    )
    batch = read_batch(file, cwd=tmp_path, environment={})
    assert [job.order.argv for job in batch[:7]] == [
        *(("sheet", who, str(i)) for who in "ab" for i in range(3)), ("x", "5"),
    ]  # fmt: skip
    assert len({job.order.part.array for job in batch[:8] if job.order.part}) == 4
    assert len(batch[-1].order.after) == 7
    planned = timeline(batch[:6], Host(8, 32 << 30), (), ScheduleSpec())
    assert [(p.job, p.start) for p in planned] == [
        (1, 0.0), (4, 0.0), (2, 600.0), (5, 600.0), (3, 1200.0), (6, 1200.0)
    ]  # fmt: skip
    for wrong, said in (("array: 9-0", "goes down"), ("array: 1-2, matrix: {index: [1]}", "index"),
                        ("array: {a: 1}", "array")):  # fmt: skip
        file.write_text(f"jobs: [{{name: a, command: x, {wrong}}}]")
        with pytest.raises(AskedWrongly, match=said):
            read_batch(file, cwd=tmp_path, environment={})
