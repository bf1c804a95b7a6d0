"""Jobs from a file: an export of this queue, or what the former orchestrator kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from animstudio.jobs.exchange import former, ours
from animstudio.jobs.exchange.listed import Arrivals, arrivals
from animstudio.jobs.schedule.state import Host
from animstudio.jobs.spec import passed
from animstudio.kernel.errors import AskedWrongly


def read_jobs(
    path: Path, *, environment: Mapping[str, str], host: Host,
    training: Callable[[Path], list[str]],
) -> Arrivals:  # fmt: skip
    """Return what of a file is to be submitted.

    Raises AskedWrongly, naming the file, the job and the field, for anything that cannot be right.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise AskedWrongly(f"{path}: cannot be read: {error}") from error
    jobs = content.get("jobs") if isinstance(content, dict) else None
    if not isinstance(jobs, list | dict):
        raise AskedWrongly(f"{path}: is no export of a queue: it has no `jobs`")
    variables = passed(environment, ())
    try:
        if isinstance(jobs, list):
            return arrivals(ours.read(content, variables))
        return arrivals(former.read(content, path.absolute().parent, variables, host, training))
    except AskedWrongly as error:
        raise AskedWrongly(f"{path}: {error.message}", hint=error.hint) from error
