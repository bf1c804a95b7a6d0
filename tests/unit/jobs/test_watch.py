"""Watching jobs: the logs of those at work are followed, and no longer than that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from animstudio.jobs.job import Attempt, Completed, Job, Queued, Running
from animstudio.jobs.spec import JobSpec, order
from animstudio.jobs.watch import Watch
from tests.unit.jobs.test_readers import KOHYA

ORDER = order(["python", "train.py"], JobSpec(name="luca"), cwd=Path("/"), environment={})
JOB = Job(1, "u", ORDER, Running(90.0, 1), 0.0, 0.0, 1, 0)


def test_a_job_is_followed_while_it_runs(tmp_path: Path) -> None:
    watch = Watch(lambda job, attempt: tmp_path / f"{job.id}.{attempt}")
    attempt = Attempt(1, 1, "t", ("GPU-a",), 0, 90.0, "boot", 0.0)
    log = tmp_path / "1.1"
    log.write_text(KOHYA)
    (line,) = watch.picture([JOB], {1: attempt}, [], {}, 100.0).jobs
    assert (line.progress.step, line.cards, line.since) == (195, ("GPU-a",), 10.0)
    log.write_text(KOHYA + "\r" + KOHYA.replace("0.0912", "nan"))
    for now in (101.0, 102.0):  # it stays said until it is over
        (line,) = watch.picture([JOB], {1: attempt}, [], {}, now).jobs
        assert [alarm.trouble for alarm in line.alarms] == ["nan"]
    again = replace(JOB, state=Running(110.0, 2))
    (line,) = watch.picture([again], {1: attempt}, [], {}, 111.0).jobs
    assert line.progress.step is None and not line.alarms


def test_others_only_say_where_they_stand(tmp_path: Path) -> None:
    watch = Watch(lambda job, attempt: tmp_path / "none")
    jobs = [replace(JOB, id=2, state=Queued(50.0, reason="it failed once")),
            replace(JOB, id=3, state=Completed(60.0))]  # fmt: skip
    lines = watch.picture(jobs, {}, [], {"queued": 1}, 100.0).jobs
    assert [(line.state, line.reason) for line in lines] == [
        ("queued", "it failed once"), ("completed", ""),
    ]  # fmt: skip
