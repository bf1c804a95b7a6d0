"""What the queue answers, for people."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from animstudio.cli.outcome import say
from animstudio.cli.tables import show_table
from animstudio.jobs.job import Attempt, Job, name_of
from animstudio.jobs.naming import spans
from animstudio.jobs.store.gathered import Gathered
from animstudio.jobs.store.reading import Followed, Numbers
from animstudio.kernel.progress_views import duration
from animstudio.kernel.sizes import size_text

OUTCOMES = {
    "lost": "ended unseen", "revoked": "never began", "interrupted": "was interrupted",
    "paused": "was paused", "cancelled": "was cancelled",
}  # fmt: skip
"""How attempts ended, for people, where the word alone says little."""
_NAME = 40
"""Characters of a name that a table shows."""


def show_jobs(
    jobs: Sequence[Job], seen: Mapping[int, Followed], alike: Mapping[int, Gathered]
) -> None:
    """Write a list of jobs, and how far those at work are; `alike` are as one line."""
    rows = [
        [str(job.id), name_of(job.state), _title(job, alike.get(job.id)), str(job.order.priority),
         needs(job),
         duration(max(0.0, time.time() - job.state.since)),
         _about(job, seen.get(job.id))]
        for job in jobs
    ]  # fmt: skip
    if rows:
        show_table(["job", "state", "name", "priority", "needs", "since", ""], rows)


def _title(job: Job, alike: Gathered | None) -> str:
    if alike is None:
        return short(job.title)
    return short(f"{job.order.name} {alike.array}_{spans(alike.indexes)}")


def totals(counts: Mapping[str, int], shown: int) -> str:
    """Return how many jobs there are by state, how many of them are not shown, and how to."""
    told = ", ".join(f"{count:,} {state}" for state, count in counts.items() if count)
    more = sum(counts.values()) - shown
    return f"{told}; {more:,} more: --limit 0, --state or --tag" if more > 0 else told


def needs(job: Job) -> str:
    """Return what a job needs, in short."""
    need = job.order.need
    cards = f"{need.gpus} GPU" if need.gpus else ""
    share = f" x {size_text(need.vram)}" if need.shared else ""
    parts = [cards + share, f"{need.cpus} CPU" if need.cpus else "", size_text(need.memory)]
    return ", ".join(part for part in parts if part)


def show_job(
    job: Job, attempts: Sequence[Attempt], others: Sequence[tuple[int, str, str]],
    seen: Followed | None,
) -> None:  # fmt: skip
    """Write all about one job."""
    order = job.order
    _line(f"job {job.id}: {job.title}, {name_of(job.state)} since {_moment(job.state.since)}")
    if reason := getattr(job.state, "reason", "") or getattr(job.state, "how", ""):
        _line(f"  {reason}")
    _line(f"  {shlex.join(order.argv)}")
    _line(f"  in {order.cwd}; {needs(job)}; priority {order.priority}; of {order.user}")
    if order.part and job.array:
        most = f", {order.part.at_most} at once at most" if order.part.at_most else ""
        _line(f"  index {order.part.index} of array {job.array}{most}: jobs status {job.array}_all")
    if order.tags:
        _line(f"  tags: {', '.join(order.tags)}")
    for other, condition, state in others:
        _line(f"  after job {other} ({condition}): {state}")
    if seen:
        _line(f"  {progress_text(seen, time.time(), at_work=name_of(job.state) == 'running')}")
        for alarm in seen.alarms:
            _line(f"  alarm: {alarm['message']}")
    for attempt in attempts:
        spent = "" if attempt.seconds is None else f" after {duration(attempt.seconds)}"
        how = OUTCOMES.get(attempt.outcome or "", attempt.outcome or "running")
        why = f": {attempt.reason}" if attempt.reason else ""
        _line(f"  attempt {attempt.number}: {_moment(attempt.since)}, {how}{spent}{why}")


def progress_text(seen: Followed, now: float, *, at_work: bool) -> str:
    """Return how far a job is, in short: ``195/1300, 15 %, loss 0.0912, 12:17 left``."""
    told = seen.progress
    step, total, epoch, epochs = (told.get(w) for w in ("step", "total", "epoch", "epochs"))
    parts = []
    if step is not None:
        parts.append(f"{step:g}/{total:g}" if total else f"step {step:g}")
    if epoch is not None:
        parts.append(f"epoch {epoch:g}/{epochs:g}" if epochs else f"epoch {epoch:g}")
    share, loss = told.get("share"), told.get("average")
    loss = told.get("loss") if loss is None else loss
    if share is not None:
        parts.append(f"{100 * share:.0f} %")
    if loss is not None:
        parts.append(f"loss {loss:.4g}")
    left, at = told.get("left"), told.get("at")
    if at_work and left is not None and at is not None:
        parts.append(f"{duration(max(0.0, at + left - now))} left")
    return ", ".join(parts)


def _about(job: Job, seen: Followed | None) -> str:
    """Return what is most worth telling of a job: how far it is, why it ended, or what it is."""
    at_work = name_of(job.state) in ("running", "paused")
    if at_work and seen and (text := progress_text(seen, time.time(), at_work=True)):
        return " ".join([text, *(f"({alarm['trouble']})" for alarm in seen.alarms)])
    text = getattr(job.state, "reason", "") or shlex.join(job.order.argv)[:70]
    return one_line(text)


def short(text: str) -> str:
    """Return a name as a table has room for."""
    text = one_line(text)
    return text if len(text) <= _NAME else f"{text[: _NAME - 1]}…"


def one_line(text: str) -> str:
    """Return a text without line ends and other codes that would move a terminal's cursor."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def show_numbers(numbers: Sequence[Numbers], by: str) -> None:
    """Write what became of jobs, a line for each user or tag."""
    rows = [
        [n.who, str(n.jobs), str(n.completed), str(n.failed), str(n.cancelled),
         duration(n.mean_wait), duration(n.mean_run), f"{n.gpu_hours:.2f}"]
        for n in numbers
    ]  # fmt: skip
    head = [by, "jobs", "completed", "failed", "cancelled", "mean wait", "mean run", "GPU hours"]
    show_table(head, rows)


def why_text(job: Job, found: Mapping[str, Any], now: float) -> str:
    """Return why a job waits, in a sentence."""
    text = f"job {job.id} waits for {found['waits_for']}"
    if found.get("never"):
        return f"job {job.id} can never run here: {found['waits_for']}"
    if found.get("held_by"):
        text += f"; held by {', '.join(found['held_by'])}"
    if found.get("ahead"):
        text += f"; {found['ahead']} jobs are ahead of it"
    if found.get("expected"):
        text += f"; expected to start in {duration(max(0.0, found['expected'] - now))}"
    if found.get("last_try"):
        text += f". Its last try: {found['last_try']}"
    return text


def said(done: Sequence[int], asked: Sequence[int], word: str) -> None:
    """Tell which of the jobs that were named are so now, and how many could not be."""
    if done:
        named = ", ".join(map(str, done[:20])) + (" ..." if len(done) > 20 else "")
        say(f"{word}: {named}")
    if left := len(set(asked) - set(done)):
        say(f"{left} {'was' if left == 1 else 'were'} in no state for that; see: jobs status")


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M:%S}"


def _line(text: str) -> None:
    sys.stdout.write(f"{text}\n")
