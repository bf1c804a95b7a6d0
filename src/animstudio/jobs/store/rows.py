"""Rows to jobs and back: the one place that knows which column holds what."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from animstudio.jobs.job import (
    Attempt,
    Cancelled,
    Completed,
    Failed,
    Job,
    Paused,
    Pending,
    Queued,
    Running,
    State,
    name_of,
)
from animstudio.jobs.order import Order

JOB = (
    "id, uuid, asked, state, since, held, attempt, how, code, reason, submitted_at, queued_at,"
    " attempts, failures, array"
)
ATTEMPT = (
    "job, number, token, devices, vram, since, boot, boottime, until, outcome, code, reason,"
    " seconds"
)
STATE_COLUMNS = ("state", "since", "held", "attempt", "how", "code", "reason")


def to_job(row: Sequence[Any]) -> Job:
    """Return the job of a row of `JOB`."""
    (number, uuid, asked, word, since, held, attempt, how, code, reason, submitted_at, queued_at,
     attempts, failures, array) = row  # fmt: skip
    state: State
    match word:
        case "pending":
            state = Pending(since, "hold" if held else "dependencies")
        case "queued":
            state = Queued(since, reason=reason)
        case "running":
            state = Running(since, attempt)
        case "paused":
            state = Paused(since, how, attempt)
        case "completed":
            state = Completed(since)
        case "failed":
            state = Failed(since, code, reason)
        case _:
            state = Cancelled(since, reason)
    order = Order.from_json(asked)
    return Job(number, uuid, order, state, submitted_at, queued_at, attempts, failures, array)


def state_values(state: State) -> tuple[Any, ...]:
    """Return a state as the values of `STATE_COLUMNS`."""
    held = isinstance(state, Pending) and state.waits_for == "hold"
    return (
        name_of(state), state.since, int(held), getattr(state, "attempt", None),
        getattr(state, "how", None), getattr(state, "code", None), getattr(state, "reason", ""),
    )  # fmt: skip


def to_attempt(row: Sequence[Any]) -> Attempt:
    """Return the attempt of a row of `ATTEMPT`."""
    job, number, token, devices, *rest = row
    return Attempt(job, number, token, tuple(json.loads(devices)), *rest)


def rows(base: sqlite3.Connection, query: str, values: Sequence[Any] = ()) -> list[Any]:
    """Return all rows of a query."""
    return base.execute(query, values).fetchall()
