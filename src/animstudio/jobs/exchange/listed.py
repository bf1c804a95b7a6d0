"""The jobs of a file, whoever wrote it: which are to be submitted, and what these wait for.

a job that was over is not submitted again
one that waits for such a job is ready, or is left out if it was to go otherwise
one that waits for others of the file comes after them
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from animstudio.jobs.job import OVER, STATES, StateName
from animstudio.jobs.order import After, Order
from animstudio.jobs.schedule.dependencies import refuse_circles, verdict
from animstudio.jobs.schedule.state import Condition, Dependency, Ending
from animstudio.kernel.errors import AskedWrongly, nearest

Key = int | str
"""What a job is called by in its file: its id."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One job of a file.

    after: the ids, in the file, of the jobs that it waits for; `order` waits for none.
    order: None for a job that was over.
    """

    key: Key
    uuid: str
    name: str
    state: StateName
    after: tuple[tuple[Key, Condition], ...]
    order: Order | None


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What a file holds.

    entries:  what is to be submitted, each after those it waits for.
    over:     how many jobs were over.
    left_out: why jobs are not submitted that were not over, a sentence each.
    """

    entries: tuple[tuple[str, Order], ...]
    over: int
    left_out: tuple[str, ...]


def arrivals(jobs: Sequence[Listed]) -> Arrivals:
    """Return what is to be submitted. Raises AskedWrongly for jobs that wait in a circle."""
    by_key = {job.key: job for job in jobs}
    numbers = {key: number for number, key in enumerate(by_key)}
    endings = {numbers[job.key]: _ending(job.state) for job in jobs if job.state in OVER}
    over = len(endings)
    needs = {
        job.key: [other for other, _ in job.after if other in by_key]
        for job in jobs if job.order is not None
    }  # fmt: skip
    refuse_circles(needs, lambda key: f"{by_key[key].name} ({key})")
    entries, left_out = [], []
    for key in TopologicalSorter(needs).static_order():
        job = by_key[key]
        if job.order is None:
            continue
        # One that the file does not hold was removed: it had ended, and nobody can say how.
        gone = len(jobs)
        others = [Dependency(numbers.get(other, gone), when) for other, when in job.after]
        found = verdict(others, endings | {gone: "cancelled"})
        if found.word == "never":
            endings[numbers[key]] = "cancelled"
            named = ", ".join(_called(by_key, other) for other, _ in job.after)
            left_out.append(f"{job.name} waits for {named}, which went otherwise")
            continue
        waits = tuple(
            After(by_key[other].uuid, when) for other, when in job.after
            if other in by_key and numbers[other] not in endings
        )  # fmt: skip
        entries.append((job.uuid, job.order.with_after(waits)))
    return Arrivals(tuple(entries), over, tuple(left_out))


def _called(jobs: Mapping[Key, Listed], key: Key) -> str:
    return f"{jobs[key].name} ({jobs[key].state})" if key in jobs else f"job {key} (removed)"


def _ending(state: StateName) -> Ending:
    assert state in ("completed", "failed", "cancelled"), "a job that is over"
    return state


def refuse_unknown(where: str, found: Iterable[str], known: Collection[str]) -> None:
    """Raise AskedWrongly for a field that there is not, with the nearest that there is."""
    for name in found:
        if name not in known:
            raise AskedWrongly(f"{where}: unknown field '{name}'{nearest(name, known)}")


def state_of(where: str, found: object) -> StateName:
    """Return a job's state. Raises AskedWrongly for a word that is none."""
    for state in STATES:
        if state == found:
            return state
    said = nearest(str(found), STATES) or f"; states are {', '.join(STATES)}"
    raise AskedWrongly(f"{where}: state: there is no '{found}'{said}")


def as_fields(where: str, found: object) -> dict[str, Any]:
    """Return an object of JSON. Raises AskedWrongly for anything else."""
    if not isinstance(found, dict):
        raise AskedWrongly(f"{where}: is no object with fields")
    return found
