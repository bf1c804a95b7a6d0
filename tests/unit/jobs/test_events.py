"""The queue's events: kept in files that do not grow for ever, and told."""

from __future__ import annotations

from pathlib import Path

from animstudio.cli.jobs_events import told
from animstudio.jobs.events import (
    FILE,
    JobAlarm,
    JobCancelled,
    JobEnded,
    JobStarted,
    Journal,
    history,
)
from animstudio.kernel.follow import follow


class Over:
    """A stop that is set."""

    def wait(self, timeout: float | None = None) -> bool:
        return True


def started(job: int) -> JobStarted:
    return JobStarted(job=job, attempt=1, name="luca")


def test_full_files_are_put_aside_and_the_oldest_go(tmp_path: Path) -> None:
    journal = Journal(tmp_path, full=1000)
    for job in range(100):
        journal.write(started(job))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["events.1.jsonl", "events.2.jsonl", "events.3.jsonl", "events.4.jsonl", FILE]
    assert all(path.stat().st_size < 1200 for path in tmp_path.iterdir())
    jobs = [event.job for event in history(tmp_path) if isinstance(event, JobStarted)]
    assert jobs == list(range(jobs[0], 100)) and len(jobs) > 30


def test_who_follows_misses_nothing_when_a_file_is_put_aside(tmp_path: Path) -> None:
    journal = Journal(tmp_path, full=1000)
    journal.write(started(0))
    events = follow(tmp_path / FILE)
    jobs = [next(events).model_dump()["job"]]
    for job in range(1, 15):
        journal.write(started(job))
    jobs += [next(events).model_dump()["job"] for _ in range(14)]
    assert jobs == list(range(15))
    assert (tmp_path / "events.1.jsonl").is_file()


def test_a_folder_that_was_removed_harms_nobody(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    (tmp_path / FILE).unlink()
    journal.write(started(1))


def test_they_are_told() -> None:
    ended = JobEnded(job=1, attempt=2, name="luca", outcome="failed", state="queued", code=1,
                     reason="out of memory")  # fmt: skip
    alarm = JobAlarm(job=1, attempt=1, name="luca", trouble="nan", message="the loss is nan",
                     stopped=True)  # fmt: skip
    card = JobStarted(job=1, attempt=1, name="luca", devices=("GPU-a",))
    assert told(ended).endswith(
        "job 1 (luca, attempt 2) failed with code 1; it is queued now: out of memory"
    )
    assert told(alarm).endswith("job 1 (luca) nan: the loss is nan; it is ended for that")
    assert told(card).endswith("job 1 (luca) started on GPU-a")
    lost = JobEnded(job=4, attempt=1, name="luca", place="2_7", outcome="lost", state="failed",
                    reason="its watcher was killed")  # fmt: skip
    gone = JobCancelled(job=4, name="luca", place="2_7", reason="cancelled by its user")
    assert told(lost).endswith(
        "job 4 (luca 2_7) ended unseen; it is failed now: its watcher was killed"
    )
    assert told(gone).endswith(
        "job 4 (luca 2_7) was cancelled while it waited: cancelled by its user"
    )
