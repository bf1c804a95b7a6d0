"""Jobs of an array that wait alike, as one: a list of what waits is to show more than one array."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from animstudio.jobs.store.rows import rows


@dataclass(frozen=True, slots=True)
class Gathered:
    """Several jobs of one array in the same state, with the same priority.

    first: the id of the first of them; `indexes`: the index of each, in order.
    """

    first: int
    array: int
    state: str
    priority: int
    indexes: tuple[int, ...]


def gather(base: sqlite3.Connection, where: str, values: Sequence[str]) -> list[Gathered]:
    """Return those of the waiting jobs that a condition selects. Nothing else is looked at."""
    query = (
        "SELECT min(id), array, state, priority, group_concat(array_index)"
        " FROM jobs INDEXED BY jobs_of_arrays WHERE array IS NOT NULL"
        f" AND state IN ('queued', 'pending') AND {where}"
        " GROUP BY array, state, priority HAVING count(*) > 1"
    )
    return [
        Gathered(first, array, state, priority, tuple(sorted(map(int, text.split(",")))))
        for first, array, state, priority, text in rows(base, query, values)
    ]


def firsts_only(found: Collection[Gathered]) -> str:
    """Return the condition that leaves only the first of gathered jobs."""
    if not found:
        return "1"
    alike = ", ".join(f"({each.array}, '{each.state}', {each.priority})" for each in found)
    firsts = ", ".join(str(each.first) for each in found)
    return (
        f"(array IS NULL OR id IN ({firsts}) OR (array, state, priority) NOT IN (VALUES {alike}))"
    )
