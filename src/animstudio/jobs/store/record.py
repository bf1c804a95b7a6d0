"""A job as programs read it."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

from animstudio.jobs.job import Job, name_of
from animstudio.jobs.store.reading import Followed

STANDING = (
    "id", "uuid", "state", "array", "index", "submitted_at", "queued_at", "attempts", "failures",
    "since", "code", "reason", "how", "waits_for", "progress", "alarms",
)  # fmt: skip
"""What is told of a job besides what was asked for."""
_STATE = ("since", "code", "reason", "how", "waits_for")


def record(job: Job, seen: Followed | None = None) -> dict[str, object]:
    """Return a job for programs; `seen` is how far it was when last looked at."""
    asked = json.loads(job.order.to_json())
    asked.pop("env")
    progress = seen and {
        name: value if value is None or math.isfinite(value) else None  # JSON has no nan
        for name, value in seen.progress.items()
    }
    return {
        "id": job.id, "uuid": job.uuid, "state": name_of(job.state), **asked,
        "submitted_at": job.submitted_at, "queued_at": job.queued_at, "attempts": job.attempts,
        "failures": job.failures, "array": job.array,
        "index": job.order.part.index if job.order.part else None,
        **{name: value for name, value in asdict(job.state).items() if name in _STATE},
        "progress": progress, "alarms": seen.alarms if seen else [],
    }  # fmt: skip
