"""Keeping hold of real processes that were started, however they try to get away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import count

import pytest

from animstudio.kernel.machine import Process
from animstudio.kernel.offspring import carriers, end_all, offspring

DAEMON = "setsid sh -c 'echo $$; exec >&-; sleep 600 & wait' & exit 0"


STUCK = Process(999_999_999, 1, 999_999_999, "stuck", "D", 0, 0.0, 0)


def sending(monkeypatch: pytest.MonkeyPatch) -> list[signal.Signals]:
    """Return what is sent from now on, to nobody."""
    sent: list[signal.Signals] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append(number))
    return sent


def passing(seconds: Iterable[float]) -> Callable[[], float]:
    return iter(seconds).__next__


def started(*environment: tuple[str, str]) -> int:
    """Start a program that leaves a daemon; return the daemon's number."""
    program = subprocess.Popen(
        ["sh", "-c", DAEMON], stdout=subprocess.PIPE, env=os.environ | dict(environment)
    )
    assert program.stdout is not None
    with program.stdout as said:
        daemon = int(said.readline())
    assert program.wait() == 0
    return daemon


def test_daemons_are_found_and_ended_others_are_left_alone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        with offspring() as mine:
            if not mine.held:
                pytest.skip("no subreapers on this system")
            assert mine.left() == []
            daemon = started()
            assert daemon in {process.pid for process in mine.left()}
            assert daemon in {process.pid for process in mine.end(grace=60)}
            assert mine.left() == []
        assert other.poll() is None
        other.communicate(b"\n")


def test_who_carries_a_token_is_found_with_what_stems_from_it() -> None:
    with offspring() as mine:
        daemon = started(("ANIMSTUDIO_TEST_TOKEN", "one"))
        assert daemon in {process.pid for process in carriers("ANIMSTUDIO_TEST_TOKEN", "one")}
        assert carriers("ANIMSTUDIO_TEST_TOKEN", "on") == []
        mine.end(grace=60)
    assert carriers("ANIMSTUDIO_TEST_TOKEN", "one") == []


def test_who_is_deaf_is_killed_and_who_survives_that_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = sending(monkeypatch)
    met = end_all(lambda: [STUCK], grace=2, clock=passing(range(100)), sleep=lambda seconds: None)
    assert met == [STUCK]
    assert sent == [signal.SIGTERM, signal.SIGCONT, signal.SIGKILL, signal.SIGKILL]


def test_who_is_looked_at_late_is_killed_none_the_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may let more time pass between two looks than they were given."""
    sent = sending(monkeypatch)
    end_all(lambda: [STUCK], grace=2, clock=passing([0, 0, 9, 18]), sleep=lambda seconds: None)
    assert sent == [signal.SIGTERM, signal.SIGCONT, signal.SIGKILL]


def test_those_who_multiply_without_end_do_not_keep_us(monkeypatch: pytest.MonkeyPatch) -> None:
    sending(monkeypatch)
    more = (replace(STUCK, pid=pid) for pid in count(STUCK.pid))
    clock = passing(range(100))
    met = end_all(lambda: [next(more)], grace=2, clock=clock, sleep=lambda seconds: None)
    assert len(met) == 19
