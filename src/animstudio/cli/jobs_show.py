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
from animstudio.jobs.store.reading import Numbers
from animstudio.kernel.progress_views import duration
from animstudio.kernel.sizes import size_text


def show_jobs(jobs: Sequence[Job], counts: Mapping[str, int]) -> None:
    """Write a list of jobs, and how many there are in all."""
    if not jobs:
        say("no job; submit one: animstudio jobs submit -- COMMAND")
        return
    rows = [
        [str(job.id), name_of(job.state), job.order.name, str(job.order.priority), needs(job),
         duration(max(0.0, time.time() - job.state.since)),
         getattr(job.state, "reason", "") or shlex.join(job.order.argv)[:70]]
        for job in jobs
    ]  # fmt: skip
    show_table(["job", "state", "name", "priority", "needs", "since", ""], rows)
    told = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    say(f"{told}; shown: {len(jobs)}")


def needs(job: Job) -> str:
    """Return what a job needs, in short."""
    need = job.order.need
    cards = f"{need.gpus} GPU" if need.gpus else ""
    share = f" x {size_text(need.vram)}" if need.shared else ""
    parts = [cards + share, f"{need.cpus} CPU" if need.cpus else "", size_text(need.memory)]
    return ", ".join(part for part in parts if part)


def show_job(job: Job, attempts: Sequence[Attempt], others: Sequence[tuple[int, str, str]]) -> None:
    """Write all about one job."""
    order = job.order
    _line(f"job {job.id}: {order.name}, {name_of(job.state)} since {_moment(job.state.since)}")
    if reason := getattr(job.state, "reason", "") or getattr(job.state, "how", ""):
        _line(f"  {reason}")
    _line(f"  {shlex.join(order.argv)}")
    _line(f"  in {order.cwd}; {needs(job)}; priority {order.priority}; of {order.user}")
    if order.tags:
        _line(f"  tags: {', '.join(order.tags)}")
    for other, condition, state in others:
        _line(f"  after job {other} ({condition}): {state}")
    for attempt in attempts:
        spent = "" if attempt.seconds is None else f" after {duration(attempt.seconds)}"
        how = attempt.outcome or "running"
        why = f": {attempt.reason}" if attempt.reason else ""
        _line(f"  attempt {attempt.number}: {_moment(attempt.since)}, {how}{spent}{why}")


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
