"""What happens in the queue, as events: one line each in ``events.jsonl`` of its folder."""

from __future__ import annotations

from typing import Literal

from animstudio.kernel.events import Event

FILE = "events.jsonl"


class JobStarted(Event):
    """An attempt of a job was begun."""

    type: Literal["job.started"] = "job.started"
    job: int
    attempt: int
    name: str
    devices: tuple[str, ...] = ()


class JobEnded(Event):
    """An attempt ended; `state` is what its job is now."""

    type: Literal["job.ended"] = "job.ended"
    job: int
    attempt: int
    name: str
    outcome: str
    state: str
    code: int | None = None
    reason: str = ""


class JobAlarm(Event):
    """Something was seen in a job's log; `stopped`: the attempt is ended for it."""

    type: Literal["job.alarm"] = "job.alarm"
    job: int
    attempt: int
    name: str
    trouble: str
    message: str
    step: int | None = None
    stopped: bool = False
