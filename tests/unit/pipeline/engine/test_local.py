"""Orders in worker processes: deaths, timeouts, small ones together."""

from __future__ import annotations

from .theatre import Theatre


def test_a_killed_worker_costs_no_retry_once(theatre: Theatre) -> None:
    ran = theatre.run(theatre.act("killed"), real=True)
    assert ran.outcome.complete
    (retried,) = ran.of("item.retried")
    assert retried.kind == "killed"
    assert retried.reason == "the worker process died (SIGKILL); its worker died (SIGKILL)"
    assert len(ran.of("item.started")) == 2
    assert ran.of("item.started")[0].attempt != ran.of("item.committed")[0].attempt


def test_what_hangs_is_ended_and_the_rest_goes_on(theatre: Theatre) -> None:
    warm = theatre.act("", name="warm", count=4)  # starting a worker takes a part of the time
    node = theatre.act("hangs", count=3, timeout=5, depends_on=("warm",))
    ran = theatre.run(warm, node, real=True)
    assert ran.failed == {"act/i000000": "it took longer than 5 s, and was ended"}
    assert ran.made[:2] == ["act/i000001", "act/i000002"]


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
