"""How far a run is: totals, rate and what is left, from its events alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from animstudio.pipeline import events as on
from animstudio.pipeline.account import Account

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


@pytest.fixture
def account() -> Account:
    found = Account()
    found.take(on.PipelineStarted(run="r", recipe="p", stages=["a", "b"], slots=2, at=BEGAN))
    found.take(on.StageUnfolded(stage="a", run=8, reuse=2, open=False, each=10.0, at=BEGAN))
    return found


def made(stage: str, item: str, moment: float, seconds: float) -> on.ItemCommitted:
    return on.ItemCommitted(stage=stage, item=item, attempt="1", seconds=seconds, bytes=5,
                            peak=7, at=at(moment))  # fmt: skip


def test_what_is_left_comes_from_earlier_runs_then_from_this_one(account: Account) -> None:
    assert (account.done, account.total, account.total_is_sure) == (2, 10, False)
    left = account.left(BEGAN)
    assert left and left.seconds == pytest.approx(40) and not left.whole  # nothing known of b
    for n in range(4):
        account.take(made("a", str(n), n + 1, 2.0))
    left = account.left(at(4))
    assert left and left.seconds == pytest.approx(4)  # four of two seconds, two at once
    assert account.rate(at(4)) == pytest.approx(1.0)
    assert account.bytes == 20 and account.peak == 7


def test_a_flow_has_as_many_items_as_its_source(account: Account) -> None:
    account.take(on.StageUnfolded(stage="b", source="a", run=1, each=1.0, at=BEGAN))
    assert account.total == 20
    left = account.left(BEGAN)
    assert left and left.whole


def test_work_begun_counts_for_what_it_has_come_to(account: Account) -> None:
    account.take(on.ItemStarted(stage="a", item="x", attempt="1", why="", at=BEGAN))
    account.take(on.ItemProgressed(stage="a", item="x", done=5, total=10, at=at(1)))
    left = account.left(at(1))
    assert left and left.seconds == pytest.approx(37.5)
    assert list(account.at_work) == [("a", "x")]


def test_an_ended_run_has_its_own_rate_and_nothing_left(account: Account) -> None:
    account.take(made("a", "x", 4, 2.0))
    account.take(on.PipelineEnded(run="r", status="completed", counts={}, at=at(10)))
    assert account.left(at(99)) is None
    assert account.rate(at(99)) == pytest.approx(0.1)
    assert account.counts == {"made": 1, "reuse": 2}
