"""Orders in worker processes: deaths, timeouts, small ones together."""

from __future__ import annotations

from functools import partial

import pytest

from animstudio.pipeline import run as engine
from animstudio.pipeline.executors.local import LocalExecutor

from .plays import wait_for
from .theatre import Hasty, Theatre


@pytest.fixture(autouse=True)
def attentive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the clock often."""
    monkeypatch.setattr(engine, "_PULSE", 0.01)


def test_a_killed_worker_costs_no_retry_once(theatre: Theatre) -> None:
    ran = theatre.run(theatre.act("killed"), real=True)
    assert ran.outcome.complete
    (retried,) = ran.of("item.retried")
    assert retried.kind == "killed"
    assert retried.reason == "the worker process died (SIGKILL); its worker died (SIGKILL)"
    assert len(ran.of("item.started")) == 2
    assert ran.of("item.started")[0].attempt != ran.of("item.committed")[0].attempt


def test_what_hangs_is_ended_and_the_rest_goes_on(theatre: Theatre) -> None:
    hangs = theatre.act("hangs", name="hangs", timeout=60)
    clock = Hasty(theatre.place / "marker")
    ran = theatre.run(hangs, theatre.act(count=2), real=True, clock=clock)
    assert ran.failed == {"hangs/i000000": "it took longer than 60 s, and was ended"}
    assert ran.made == ["act/i000000", "act/i000001"]


def test_the_start_of_a_worker_is_no_part_of_an_item_s_time(theatre: Theatre) -> None:
    """The clock runs ahead while the worker starts: by more than the item may take."""
    begins = theatre.place / "begins"
    clock, executor = Hasty(theatre.place), LocalExecutor(1, partial(wait_for, str(begins)))

    def ahead() -> float:
        if clock.ahead > 330 and not begins.exists():
            begins.touch()
            clock.once = theatre.place / "never"
        return clock()

    ran = theatre.run(theatre.act(timeout=300), executor=executor, clock=ahead)
    assert ran.made == ["act/i000000"]


def test_a_worker_that_never_begins_is_ended(theatre: Theatre) -> None:
    executor = LocalExecutor(1, partial(wait_for, str(theatre.place / "never")))
    ran = theatre.run(theatre.act(timeout=30), executor=executor, clock=Hasty(theatre.place))
    assert ran.failed == {"act/i000000": "its worker took too long to begin, and was ended"}


def test_many_small_items_are_made_by_few_messages(theatre: Theatre) -> None:
    ran = theatre.run(theatre.act("", count=300), real=True)
    assert len(ran.made) == 300
    assert all(e.peak > 10 << 20 for e in ran.of("item.committed"))
    assert theatre.run(theatre.act("", count=300)).outcome.nothing_changed


def test_half_a_file_is_never_taken_for_a_whole_one(theatre: Theatre) -> None:
    """A worker dies while it writes, and leaves a file that looks finished."""
    ran = theatre.run(theatre.act("halves"), real=True)
    assert ran.outcome.complete
    assert theatre.text("act/i000000.txt") == "whole and whole"
    assert [e.kind for e in ran.of("item.retried")] == ["killed"]
