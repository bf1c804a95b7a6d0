"""How an array stands: which of its indexes are in which state."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from animstudio.cli.tables import show_table, write_json
from animstudio.jobs.api import Queue
from animstudio.jobs.job import STATES, name_of
from animstudio.jobs.naming import spans


def show(here: Queue, array: int, ids: Sequence[int], *, as_json: bool) -> None:
    """Write it; `ids` are the jobs of the array that were named."""
    with here.reading() as reader:
        jobs = reader.jobs(ids)
    order, indexes = jobs[0].order, {state: list[int]() for state in STATES}
    for job in jobs:
        if job.order.part:
            indexes[name_of(job.state)].append(job.order.part.index)
    most = order.part.at_most if order.part else None
    if as_json:
        write_json({
            "array": array, "name": order.name, "at_most": most,
            "states": {state: found for state, found in indexes.items() if found},
            "jobs": [{"id": job.id, "index": job.order.part.index, "state": name_of(job.state)}
                     for job in jobs if job.order.part],
        })  # fmt: skip
        return
    at_once = f", {most} at once at most" if most else ""
    sys.stdout.write(f"array {array}: {order.name}, {len(jobs)} jobs{at_once}\n")
    rows = [[state, str(len(found)), spans(found)] for state, found in indexes.items() if found]
    show_table(["state", "jobs", "indexes"], rows)
