"""Fair shares: over a month, and after a restart."""

from __future__ import annotations

import random

import pytest

from animstudio.jobs.schedule.spec import ScheduleSpec
from animstudio.jobs.schedule.state import Waiting
from tests.unit.jobs.workloads import (
    ONE,
    Job,
    Play,
    begin,
    cards,
    order,
    scheduler,
)


def test_fair_shares_over_a_month() -> None:
    """Three users who always want more; one is due twice as much. Jobs differ by a lot."""
    dice = random.Random(7)
    due = {"ann": 2.0, "bob": 1.0, "cid": 1.0}
    longest = {"ann": 3600, "bob": 4 * 3600, "cid": 1800}
    month = 30 * 86400.0
    play = Play(ScheduleSpec.model_validate({"strategy": "fair_share", "shares": due}), cards(2))
    jobs = []
    for user, most in longest.items():
        total = 0.0
        while total < 2 * month:
            takes = dice.uniform(300, most)
            total += takes
            jobs.append(Job(Waiting(len(jobs) + 1, ONE, 0.0, user), takes))
    play.run(jobs, until=month)
    had = dict.fromkeys(due, 0.0)
    for job in jobs:
        if job.waiting.id in play.starts:
            end = play.ends.get(job.waiting.id, month)
            had[job.waiting.user] += end - play.starts[job.waiting.id]
    parts = {user: had[user] / sum(had.values()) for user in due}
    assert parts == pytest.approx({"ann": 0.5, "bob": 0.25, "cid": 0.25}, abs=0.02)
    assert sum(had.values()) == pytest.approx(2 * month, rel=0.001)


def test_usage_survives_a_restart() -> None:
    it = scheduler(strategy="fair_share")
    begin(it, 1, ONE, None, 0, user="ann")
    saved = it.usage.saved(86400.0)
    assert saved == {"ann": pytest.approx(0.5)}
    again = scheduler(strategy="fair_share")
    again.usage.restore("ann", saved["ann"], 86400.0)
    again.add(Waiting(2, ONE, 0.0, "ann"), 86400.0)
    again.add(Waiting(3, ONE, 5.0, "bob"), 86400.0)
    assert order(again, 86400.0) == [3, 2]
