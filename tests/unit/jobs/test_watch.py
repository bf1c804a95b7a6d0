"""Watching jobs: what the daemon saw of the attempt that is shown, and of no other."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from animstudio.jobs.job import Attempt, Completed, Job, Queued, Running
from animstudio.jobs.spec import JobSpec, order
from animstudio.jobs.store.reading import Followed
from animstudio.jobs.watch import picture

ORDER = order(["python", "train.py"], JobSpec(name="luca"), cwd=Path("/"), environment={})
JOB = Job(1, "u", ORDER, Running(90.0, 1), 0.0, 0.0, 1, 0)
ATTEMPT = Attempt(1, 1, "t", ("GPU-a",), 0, 90.0, "boot", 0.0)
SEEN = Followed(
    1, {"step": 195, "loss": math.nan, "of a later version": 1},
    ({"trouble": "nan", "message": "the loss is nan", "step": 195},), ((1, 0.5), (2, 0.25)),
)  # fmt: skip


def test_a_job_at_work_is_as_the_daemon_saw_it() -> None:
    (line,) = picture([JOB], {1: ATTEMPT}, {1: SEEN}, [], {}, 100.0).jobs
    assert (line.progress.step, line.cards, line.since) == (195, ("GPU-a",), 10.0)
    assert [alarm.trouble for alarm in line.alarms] == ["nan"]
    assert line.losses == (0.5, 0.25)
    again = replace(JOB, state=Running(110.0, 2))
    (line,) = picture([again], {1: replace(ATTEMPT, number=2)}, {1: SEEN}, [], {}, 111.0).jobs
    assert line.progress.step is None and not line.alarms, "another attempt"


def test_others_only_say_where_they_stand() -> None:
    jobs = [replace(JOB, id=2, state=Queued(50.0, reason="it failed once")),
            replace(JOB, id=3, state=Completed(60.0))]  # fmt: skip
    ended = {3: replace(ATTEMPT, outcome="completed")}
    lines = picture(jobs, ended, {}, [], {"queued": 1}, 100.0).jobs
    assert [(line.state, line.reason, line.cards) for line in lines] == [
        ("queued", "it failed once", ()), ("completed", "", ()),
    ]  # fmt: skip
