"""Events: whole lines from many writers, subscribers that do no harm, following."""

from __future__ import annotations

import errno
import multiprocessing
import os
import pickle
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.events import Event, EventLog, EventsLost, SubscriberFailed
from animstudio.kernel.follow import follow, parse, read


class Counted(Event):
    type: Literal["test.counted"] = "test.counted"
    writer: int = 0
    number: int


class Named(Event):
    type: Literal["test.named"] = "test.named"
    name: str


def numbers(events: list[Event]) -> list[int]:
    return [event.number for event in events if isinstance(event, Counted)]


def write_many(path: Path, writer: int, count: int) -> None:
    with EventLog(path) as log:
        for number in range(count):
            log.write(Counted(writer=writer, number=number))


class Turns:
    """A stop that runs one step at each wait, and is set when none is left."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        self._steps = list(steps)

    def wait(self, timeout: float | None = None) -> bool:
        if timeout and self._steps:
            self._steps.pop(0)()
        return not self._steps


def test_what_is_written_is_read_as_it_was(tmp_path: Path) -> None:
    event = Named(name="Dürer\nの", at=datetime(2024, 5, 6, 7, 8, 9, 123456, UTC))
    with EventLog(tmp_path / "deep" / "events.jsonl") as log:
        log.write(event)
    assert read(log.path) == [event]
    assert type(read(log.path)[0]) is Named
    assert log.path.read_text().count("\n") == 1


def test_no_file_no_events(tmp_path: Path) -> None:
    assert read(tmp_path / "none") == []


def test_two_kinds_may_not_share_a_type() -> None:
    with pytest.raises(TypeError, match=r"both 'test\.named'"):

        class Other(Event):
            type: Literal["test.named"] = "test.named"


def test_a_kind_needs_a_type() -> None:
    with pytest.raises(TypeError, match="must give `type` a default"):

        class Nameless(Event):
            size: int


@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"from.the.future","at":"2030-01-01T00:00:00Z","size":3}',
        b'{"type":"test.named","at":"2020-01-01T00:00:00Z","size":3}',  # had no name yet
    ],
)
def test_events_of_other_versions_keep_their_fields(line: bytes) -> None:
    event = parse(line)
    assert type(event) is Event
    assert event.model_dump()["size"] == 3


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b'"x"', b"{}", b'{"type":1', b"\xff\xfe"])
def test_torn_lines_are_passed_over(line: bytes) -> None:
    assert parse(line) is None


def test_a_torn_end_is_repaired_when_opened(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write_many(path, 0, 2)
    with path.open("ab") as file:
        file.write(b'{"type":"test.coun')
    assert numbers(read(path)) == [0, 1]
    with EventLog(path) as log:
        assert path.read_bytes().endswith(b"coun\n")
        log.write(Counted(number=2))
    assert numbers(read(path)) == [0, 1, 2]


def test_another_writers_torn_line_costs_no_event_of_ours(tmp_path: Path) -> None:
    with EventLog(tmp_path / "events.jsonl") as log:
        log.write(Counted(number=0))
        with log.path.open("ab") as file:
            file.write(b'{"type":"test.coun')
        log.write(Counted(number=1))
    assert numbers(read(log.path)) == [0, 1]


def test_several_processes_write_whole_lines_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=write_many, args=(path, w, 300)) for w in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    events = [event for event in read(path) if isinstance(event, Counted)]
    for writer in range(3):
        assert [e.number for e in events if e.writer == writer] == list(range(300))


def test_a_full_disk_is_survived_and_told_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Event] = []
    with EventLog(tmp_path / "events.jsonl") as log:
        log.subscribe("test.*", heard.append)
        real = os.write

        def short(file: int, data: bytes) -> int:
            return real(file, data[:5])

        def full(file: int, data: bytes) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        log.write(Counted(number=0))
        for number, write in ((1, short), (2, full)):
            with monkeypatch.context() as patch:
                patch.setattr(os, "write", write)
                log.write(Counted(number=number))
        assert log.lost == 2
        log.write(Counted(number=3))
        assert log.lost == 0
    events = read(log.path)
    assert numbers(events) == [0, 3]
    lost = [event for event in events if isinstance(event, EventsLost)]
    assert [(e.count, e.reason) for e in lost] == [(2, "No space left on device")]
    assert numbers(heard) == [0, 1, 2, 3]


def test_a_log_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WorkFailed, match="cannot write events"):
        EventLog(tmp_path / "file" / "events.jsonl")


def test_subscribers_by_pattern_and_priority(tmp_path: Path) -> None:
    heard = []
    with EventLog(tmp_path / "events.jsonl") as log:
        log.subscribe("test.counted", lambda e: heard.append("low"))
        log.subscribe("test.*", lambda e: heard.append("high"), priority=5)
        end = log.subscribe("*", lambda e: heard.append("all"))
        log.write(Counted(number=1))
        end()
        end()
        log.write(Named(name="x"))
    assert heard == ["high", "low", "all", "high"]


def test_a_subscriber_that_raises_is_told_of_once_and_harms_nobody(tmp_path: Path) -> None:
    heard: list[Event] = []

    def broken(event: Event) -> None:
        raise RuntimeError("no network")

    with EventLog(tmp_path / "events.jsonl") as log:
        log.subscribe("test.*", broken, priority=1)
        log.subscribe("test.*", heard.append)
        log.write(Counted(number=1))
        log.write(Counted(number=2))
    assert numbers(heard) == [1, 2]
    failures = [event for event in read(log.path) if isinstance(event, SubscriberFailed)]
    assert len(failures) == 1
    assert failures[0].subscriber.endswith("broken")
    assert "no network" in failures[0].error


def test_ctrl_c_in_a_subscriber_does_not_silence_what_comes_after(tmp_path: Path) -> None:
    told: list[Event] = []

    def interrupted(event: Event) -> None:
        told.append(event)
        if len(told) == 1:
            raise KeyboardInterrupt

    with EventLog(tmp_path / "e.jsonl") as log:
        log.subscribe("*", interrupted)
        with pytest.raises(KeyboardInterrupt):
            log.write(Counted(number=1))
        log.write(Counted(number=2))
    assert numbers(told) == [1, 2]


def test_an_event_written_by_a_subscriber_comes_after_the_one_it_answers(tmp_path: Path) -> None:
    heard: list[Event] = []
    with EventLog(tmp_path / "events.jsonl") as log:

        def answer(event: Event) -> None:
            if isinstance(event, Named):
                log.write(Counted(number=1))

        log.subscribe("*", answer, priority=1)
        log.subscribe("*", heard.append)
        log.write(Named(name="x"))
    assert [event.type for event in heard] == ["test.named", "test.counted"]
    assert read(log.path) == heard


def test_threads_hear_the_order_of_the_file(tmp_path: Path) -> None:
    heard: list[Event] = []
    with EventLog(tmp_path / "events.jsonl") as log:
        log.subscribe("*", heard.append)

        def work(writer: int) -> None:
            for number in range(100):
                log.write(Counted(writer=writer, number=number))

        threads = [threading.Thread(target=work, args=(w,)) for w in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(heard) == 400
    assert read(log.path) == heard


def test_a_log_travels_to_a_worker(tmp_path: Path) -> None:
    with EventLog(tmp_path / "events.jsonl") as log:
        log.subscribe("*", lambda event: None)
        with pickle.loads(pickle.dumps(log)) as twin:
            twin.write(Counted(number=1))
        log.write(Counted(number=2))
    assert numbers(read(log.path)) == [1, 2]


def test_following_delivers_once_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    line = Counted(number=3).model_dump_json().encode() + b"\n"

    def append(data: bytes) -> Callable[[], object]:
        def step() -> None:
            with path.open("ab") as file:
                file.write(data)

        return step

    stop = Turns(
        lambda: write_many(path, 0, 3),  # there was no file until now
        append(line[:20]),
        append(line[20:]),
        lambda: write_many(path, 0, 1),  # stands when following is stopped: still delivered
    )
    assert numbers(list(follow(path, stop=stop))) == [0, 1, 2, 3, 0]


def test_following_from_now_on(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write_many(path, 0, 3)
    with path.open("ab") as file:
        file.write(Counted(number=7).model_dump_json().encode()[:30])
    events = follow(path, from_start=False, stop=Turns(lambda: None))
    with EventLog(path) as log:
        log.write(Counted(number=8))  # before the first event is asked for, after the call
    assert numbers(list(events)) == [8]


def test_following_a_file_that_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write_many(path, 0, 2)

    def replace() -> None:
        write_many(tmp_path / "new", 1, 1)
        (tmp_path / "new").replace(path)

    events = list(follow(path, stop=Turns(replace, lambda: path.write_bytes(b""))))
    assert numbers(events) == [0, 1, 0]


def test_following_can_be_left_at_any_event(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write_many(path, 0, 3)
    events = follow(path)
    assert next(events).model_dump()["number"] == 0
    events.close()  # type: ignore[attr-defined]


def test_a_long_log(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write_many(path, 0, 3)
    with EventLog(path) as log:
        log.write(Named(name="x" * 200_000))
        log.write(Counted(number=3))
    assert numbers(read(path)) == [0, 1, 2, 3]
    assert len(read(path)) == 5
    assert numbers(list(follow(path, from_start=False, stop=Turns()))) == []


def test_what_is_written_together_is_read_and_told_afterwards(tmp_path: Path) -> None:
    heard: list[Event] = []
    path = tmp_path / "events.jsonl"
    with EventLog(path) as log:
        log.subscribe("*", heard.append)
        with log.together(), log.together():
            for number in range(3):
                log.write(Counted(number=number))
            assert not heard
            assert not path.read_bytes()
        assert numbers(heard) == [0, 1, 2]
    assert numbers(list(read(path))) == [0, 1, 2]
