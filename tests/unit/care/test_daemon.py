"""Pid files that only the living hold, and waiting that signals end."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from animstudio.care.daemon import EndSignals, PidFile, running, stop
from animstudio.kernel.errors import AskedWrongly, WorkFailed


def test_one_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "x.pid"
    assert running(path) is None
    first = PidFile(path)
    first.write(4711)
    assert running(path) == 4711
    with pytest.raises(AskedWrongly, match=r"already running here .pid 4711"):
        PidFile(path)
    first.remove()
    assert not path.exists()
    second = PidFile(path)
    assert running(path) is None  # it has not said its name yet
    with pytest.raises(AskedWrongly, match="just starting"):
        PidFile(path)
    second.remove()


def test_a_file_left_behind_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "x.pid"
    path.write_text("1\n")  # a pid that lives, but holds no lock
    assert running(path) is None
    assert stop(path) is None
    PidFile(path).remove()


def test_a_file_removed_while_it_was_being_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    path = tmp_path / "x.pid"
    real, calls = fcntl.flock, []

    def flock(file: int, how: int) -> None:
        real(file, how)
        calls.append(file)
        if len(calls) == 1:
            path.unlink()

    monkeypatch.setattr(fcntl, "flock", flock)
    held = PidFile(path)
    held.write(1)
    assert len(calls) == 2
    assert path.read_text() == "1\n"
    held.remove()


def test_a_place_that_takes_no_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WorkFailed, match="cannot be locked"):
        PidFile(tmp_path / "file" / "x.pid")


def test_who_does_not_end_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    held = PidFile(tmp_path / "x.pid")
    held.write(4711)
    ticks = iter(range(0, 100, 4))
    with pytest.raises(WorkFailed, match=r"pid 4711. did not end in 10 s"):
        stop(held.path, clock=lambda: next(ticks), sleep=lambda seconds: None)
    assert sent == [(4711, signal.SIGTERM)]
    held.remove()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_met_where_nothing_is_half_done(number: signal.Signals) -> None:
    with EndSignals() as signals:
        assert signals.wait(0) is False
        signal.raise_signal(number)  # held back: it neither ends nor interrupts us
        assert signals.wait(60) is True
        assert signals.wait(60) is True
        assert signals.received == number
