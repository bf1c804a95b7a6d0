"""Progress: few messages, true rates, and views that harm nobody."""

from __future__ import annotations

import io
import multiprocessing
import pickle
from multiprocessing.connection import Connection

import pytest

from animstudio.kernel.events import Event
from animstudio.kernel.progress import Board, Message, Reporter, Tally, ignore
from animstudio.kernel.progress_views import (
    Bars,
    Events,
    Lines,
    ProgressEvent,
    board_for,
    duration,
    running_text,
)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_messages_are_few_and_lose_nothing() -> None:
    clock, sent = Clock(), list[Message]()
    task = Reporter(sent.append, clock=clock).task("decode", 1000, "frames")
    for _ in range(1000):
        clock.now += 0.001
        task.advance()
    task.finish()
    task.fail("too late")
    assert len(sent) <= 13
    assert sum(message.n for message in sent) == 1000
    assert [message.kind for message in sent if message.kind != "advance"] == ["begin", "finish"]


def test_messages_travel() -> None:
    message = Message("1.2", "begin", "decode", 10, "frames")
    assert pickle.loads(pickle.dumps(message)) == message


def work(pipe: Connection) -> None:
    Reporter(pipe.send).task("decode", 3, "frames").advance(3)
    task = Reporter(pipe.send).task("write")
    task.advance(2)
    task.fail("disk")
    pipe.send(None)


def test_a_worker_reports_through_a_pipe() -> None:
    clock, events = Clock(), list[Event]()
    board = Board(Events(events.append), clock=clock)
    here, there = multiprocessing.Pipe(duplex=False)
    worker = multiprocessing.get_context("spawn").Process(target=work, args=(there,))
    worker.start()
    while (message := here.recv()) is not None:
        board.receive(message)
    worker.join()
    board.lose(worker.pid or 0, "the worker died (signal 9)")
    ends = [e for e in events if isinstance(e, ProgressEvent) and e.kind == "fail"]
    assert [(e.name, e.reason) for e in ends] == [
        ("write", "disk"),
        ("decode", "the worker died (signal 9)"),
    ]


def test_rate_and_time_left_look_back_half_a_minute() -> None:
    tally = Tally("decode", 1000, "frames", now=0)
    assert tally.rate(0) is None
    assert tally.left(0) is None
    for second in range(1, 61):
        tally.advance(10, second)
    for second in range(61, 91):
        tally.advance(1, second)
    assert tally.rate(90) == pytest.approx(1.0)  # slow by now; 7 overall
    assert tally.left(90) == pytest.approx(370)
    tally.ended = 90
    assert tally.rate(95) == pytest.approx(7.0)
    assert tally.left(95) is None


def test_stalled_work_is_slow_work() -> None:
    tally = Tally("decode", 100, "frames", now=0)
    tally.advance(50, 10)
    assert tally.left(10) == pytest.approx(10)
    assert tally.left(40) == pytest.approx(40)


def test_lines_in_a_log() -> None:
    clock, stream = Clock(), io.StringIO()
    with Board(Lines(stream), clock=clock) as progress:
        decode = progress.task("decode", 300, "frames")
        write = progress.task("write", unit="files")
        for _ in range(96):
            clock.now += 0.125
            decode.advance()
            write.advance(2)
        write.fail("the disk is full")
        decode.advance(204)
        decode.finish()
    assert stream.getvalue().splitlines() == [
        "decode:  13%  40/300 frames, 8.0 frames/s, 0:33 left",
        "write: 78 files, 15.6 files/s",
        "decode:  27%  80/300 frames, 8.0 frames/s, 0:28 left",
        "write: 158 files, 15.8 files/s",
        "write: failed after 0:12: the disk is full",
        "decode: 300/300 frames in 0:12 (25.0 frames/s)",
    ]


def test_events_once_a_second() -> None:
    clock, events = Clock(), list[Event]()
    with Board(Events(events.append), clock=clock) as progress:
        task = progress.task("decode", 40, "frames")
        for _ in range(40):
            clock.now += 0.25
            task.advance()
        task.finish()
    kinds = [event.kind for event in events if isinstance(event, ProgressEvent)]
    assert kinds == ["begin", *["advance"] * 10, "finish"]
    last = events[-2].model_dump()
    assert (last["done"], last["rate"], last["left_s"]) == (40, 4.0, 0.0)


def test_live_bars() -> None:
    clock, stream = Clock(), Terminal()
    environment = {"TERM": "xterm-256color", "COLUMNS": "100"}
    board = board_for(stream, environment, clock=clock)
    with board as progress:
        decode = progress.task("[decode]", 300, "frames")
        broken = progress.task("write")
        clock.now += 10
        decode.advance(100)
        bars = board._views[0]
        assert isinstance(bars, Bars)
        bars._live.refresh()
        broken.fail("the disk is full")
        decode.advance(200)
        decode.finish()
    text = stream.getvalue()
    assert "100/300 frames" in text
    assert "10.0 frames/s" in text
    assert "0:20 left" in text
    assert "write: failed after 0:10: the disk is full" in text
    assert "[decode]: 300/300 frames in 0:10" in text
    assert "\x1b[31m" in text  # a failure is red
    assert text.rstrip().endswith("\x1b[?25h") or "\x1b[?25h" in text  # the cursor is back


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1", "TERM": "xterm"}, {"TERM": "dumb"}])
def test_no_colours_where_none_are_wanted(environment: dict[str, str]) -> None:
    stream = Terminal()
    with board_for(stream, environment, clock=Clock()) as progress:
        progress.task("write").fail("no")
    assert "write: failed" in stream.getvalue()
    assert "\x1b[31m" not in stream.getvalue()


def test_a_view_that_fails_is_dropped() -> None:
    stream, events = io.StringIO(), list[Event]()
    stream.close()
    with Board(Lines(stream), Events(events.append)) as progress:
        progress.task("decode").finish()
        progress.task("write").finish()
    assert len(events) == 4


def test_what_never_said_its_end_did_not_succeed() -> None:
    stream = io.StringIO()
    with Board(Lines(stream), clock=Clock()) as progress:
        progress.task("decode").advance()
    assert stream.getvalue() == "decode: failed after 0:00: it was left unfinished\n"


def test_what_counts_nothing_goes_on_and_is_done() -> None:
    clock, stream = Clock(), io.StringIO()
    with Board(Lines(stream), clock=clock) as progress:
        task = progress.task("report")
        clock.now += 5
        assert running_text(Tally("report", None, "", 100.0), clock()) == "report: 0:05 so far"
        task.finish()
    assert stream.getvalue() == "report: done in 0:05\n"


def test_what_somebody_stopped_did_not_fail() -> None:
    stream = io.StringIO()
    with pytest.raises(KeyboardInterrupt), Board(Lines(stream), clock=Clock()) as progress:
        progress.task("decode").advance()
        raise KeyboardInterrupt
    assert stream.getvalue() == "decode: stopped after 0:00\n"


def test_messages_of_unknown_tasks_are_passed_over() -> None:
    board = Board(Lines(io.StringIO()))
    board.receive(Message("9.9", "advance", n=1))
    board.receive(Message("9.9", "finish"))


def test_nobody_watches() -> None:
    task = Reporter(ignore).task("decode")
    task.advance()
    task.finish()


def test_durations() -> None:
    assert [duration(s) for s in (0, 6.2, 59.5, 200, 3723)] == [
        "0:00",
        "0:07",
        "1:00",
        "3:20",
        "1:02:03",
    ]
