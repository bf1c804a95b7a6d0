"""Reading the store beside the daemon: lists, selections, numbers. Nothing here writes."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from animstudio.jobs.job import STATES, Attempt, Job
from animstudio.jobs.naming import named, spans
from animstudio.jobs.store.gathered import Gathered, firsts_only, gather
from animstudio.jobs.store.rows import ATTEMPT, JOB, rows, to_attempt, to_job
from animstudio.jobs.store.schema import open_to_read
from animstudio.kernel.errors import AskedWrongly, nearest

_RANGE = re.compile(r"(\d+)-(\d+)")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Jobs of one user, or with one tag. Seconds; `gpu_hours` counts each card."""

    who: str
    jobs: int
    completed: int
    failed: int
    cancelled: int
    mean_wait: float
    mean_run: float
    gpu_hours: float


@dataclass(frozen=True, slots=True)
class Followed:
    """What the log of an attempt told: the fields of ``follow.progress.Progress``, and what went
    wrong; `losses`: steps and losses, thinned, for a curve.
    """

    attempt: int
    progress: dict[str, float | None]
    alarms: tuple[dict[str, Any], ...]
    losses: tuple[tuple[int, float], ...] = ()


class Reader:
    """The store, read-only, as it is at the first look: whatever changes meanwhile is not seen.

    So a job that ends between two looks is not told as running and as completed. The daemon goes
    on writing beside it, but what it writes cannot be tidied up: close it soon.
    """

    def __init__(self, folder: Path) -> None:
        self._base: sqlite3.Connection = open_to_read(folder)
        self._base.execute("BEGIN")

    def counts(self, states: Sequence[str] = (), tags: Sequence[str] = ()) -> dict[str, int]:
        """Return how many jobs are in each state, of those that states and tags select."""
        where, values = _filters(states, tags)
        query = f"SELECT state, count(*) FROM jobs WHERE {where} GROUP BY state"
        found = dict(rows(self._base, query, values))
        return {state: found.get(state, 0) for state in STATES}

    def select(
        self, words: Sequence[str], states: Sequence[str] = (), tags: Sequence[str] = ()
    ) -> list[int]:
        """Return the ids that ``5``, ``3-9``, ``5_all``, ``last``, ``all``, states and tags select.

        Raises AskedWrongly for a word that selects nothing.
        """
        where, values = _filters(states, tags)
        found: dict[int, None] = {}
        for word in words or (["all"] if states or tags else []):
            part = self._ids(word, where, values)
            many = _RANGE.fullmatch(word) or named(word)
            if not part and (word.isdigit() or word == "last" or (many and not values)):
                raise AskedWrongly(*self._none(word, where))
            found.update(dict.fromkeys(part))
        return list(found)

    def _ids(self, word: str, where: str, values: list[str]) -> list[int]:
        query = f"SELECT id FROM jobs WHERE {where}"
        if word == "all":
            return [row[0] for row in rows(self._base, f"{query} ORDER BY id", values)]
        if word == "last":
            found = rows(self._base, f"{query} ORDER BY id DESC LIMIT 1", values)
        elif word.isdigit():
            found = rows(self._base, f"{query} AND id = ?", [*values, word])
        elif span := _RANGE.fullmatch(word):
            between = f"{query} AND id BETWEEN ? AND ? ORDER BY id"
            found = rows(self._base, between, [*values, span[1], span[2]])
        elif place := named(word):
            of_array = f"{query} AND array = ? AND array_index BETWEEN ? AND ? ORDER BY array_index"
            found = rows(self._base, of_array, [*values, place.array, place.first, place.last])
        else:
            found = rows(self._base, f"{query} AND name = ? ORDER BY id", [*values, word])
            if not found:
                names = [row[0] for row in rows(self._base, "SELECT DISTINCT name FROM jobs")]
                said = nearest(word, names) or "; write 5, 3-9, last, all or a name"
                raise AskedWrongly(f"no job is called '{word}'{said}")
        return [row[0] for row in found]

    def _none(self, word: str, where: str) -> tuple[str]:
        last = rows(self._base, "SELECT max(id) FROM jobs")[0][0]
        if last is None:
            return ("there is no job yet",)
        if (place := named(word)) and (said := self._no_such_place(word, place.array)):
            return (said,)
        span = _RANGE.fullmatch(word)
        if span and int(span[1]) > int(span[2]):
            return (f"{word} goes down; write {span[2]}-{span[1]}",)
        filtered = "" if where == "1" else " that is so"
        return (f"there is no job {word}{filtered}; the last one is {last}",)

    def _no_such_place(self, word: str, array: int) -> str:
        indexes = [index for _, index in self.places(array)]
        if indexes:
            return f"there is no {word}; the indexes of array {array} are {spans(indexes)}"
        found = rows(self._base, "SELECT array FROM jobs WHERE id = ?", [array])
        if not found:
            return ""
        other = f"belongs to array {found[0][0]}" if found[0][0] else "is no array"
        return f"there is no {word}: job {array} {other}"

    def places(self, array: int) -> list[tuple[int, int]]:
        """Return the jobs of an array that are left, and their indexes."""
        query = "SELECT id, array_index FROM jobs WHERE array = ? ORDER BY array_index"
        return rows(self._base, query, [array])

    def jobs(self, ids: Sequence[int]) -> list[Job]:
        """Return jobs by id, in that order."""
        query = f"SELECT {JOB} FROM jobs WHERE id = ?"
        return [to_job(found[0]) for job in ids if (found := rows(self._base, query, [job]))]

    def gathered(self, states: Sequence[str] = (), tags: Sequence[str] = ()) -> dict[int, Gathered]:
        """Return the jobs of arrays that wait alike, by the first of them."""
        return {each.first: each for each in gather(self._base, *_filters(states, tags))}

    def latest(
        self, limit: int, states: Sequence[str] = (), tags: Sequence[str] = (),
        gathered: Mapping[int, Gathered] | None = None,
    ) -> list[Job]:  # fmt: skip
        """Return jobs that are not over, those that run first, then the latest that are.

        `limit` of them at most; 0: all. Of those that are `gathered` only the first.
        """
        limit = limit or sys.maxsize
        where, values = _filters(states, tags)
        where += f" AND {firsts_only((gathered or {}).values())}"
        found: list[Job] = []
        for group, order in (
            ("= 'running'", "priority DESC, id"), ("= 'paused'", "priority DESC, id"),
            ("= 'queued'", "priority DESC, id"), ("= 'pending'", "priority DESC, id"),
            ("IN ('completed', 'failed', 'cancelled')", "since DESC, id DESC"),
        ):  # fmt: skip
            if len(found) < limit:
                query = f"SELECT {JOB} FROM jobs WHERE state {group} AND {where}"
                found += map(to_job, rows(self._base, f"{query} ORDER BY {order} LIMIT ?",
                                          [*values, limit - len(found)]))  # fmt: skip
        return found

    def seen(self, jobs: Sequence[int]) -> dict[int, Followed]:
        """Return how far jobs were when the daemon last looked, of those that tell."""
        query = "SELECT attempt, mark, alarms FROM followed WHERE job = ?"
        found = {}
        for job in jobs:
            for attempt, text, alarms in rows(self._base, query, [job]):
                mark = json.loads(text)
                losses = tuple((int(step), float(loss)) for step, loss in mark["losses"])
                told = tuple(json.loads(alarms))
                found[job] = Followed(attempt, mark["progress"], told, losses)
        return found

    def attempts(self, job: int) -> list[Attempt]:
        """Return the attempts of a job, the first one first."""
        query = f"SELECT {ATTEMPT} FROM attempts WHERE job = ? ORDER BY number"
        return [to_attempt(row) for row in rows(self._base, query, [job])]

    def waits_for(self, job: int) -> list[tuple[int, str, str]]:
        """Return what a job depends on: id, condition, and the state of that one."""
        return rows(
            self._base,
            "SELECT other, condition, coalesce(state, 'removed') FROM dependencies"
            " LEFT JOIN jobs ON jobs.id = other WHERE job = ? ORDER BY other",
            [job],
        )

    def numbers(self, by: str) -> list[Numbers]:
        """Return what became of jobs, by ``user`` or by ``tag``."""
        who = "user" if by == "user" else "tags.value"
        source = "jobs" if by == "user" else "jobs, json_each(jobs.tags) AS tags"
        runs = (
            "(SELECT job, min(since) AS first, sum(coalesce(seconds, until - since)) AS seconds,"
            " sum(coalesce(seconds, until - since) * json_array_length(devices)) AS gpu"
            " FROM attempts WHERE outcome IS NOT NULL GROUP BY job) AS runs"
        )
        query = (
            f"SELECT {who}, count(*), sum(state = 'completed'), sum(state = 'failed'),"
            " sum(state = 'cancelled'), coalesce(avg(max(0, first - queued_at)), 0),"
            " coalesce(avg(runs.seconds), 0), coalesce(sum(runs.gpu), 0) / 3600.0"
            f" FROM {source} LEFT JOIN {runs} ON runs.job = jobs.id GROUP BY 1 ORDER BY 2 DESC"
        )
        return [Numbers(*row) for row in rows(self._base, query)]

    def close(self) -> None:
        """Let go of it."""
        self._base.close()


def _filters(states: Sequence[str], tags: Sequence[str]) -> tuple[str, list[str]]:
    for state in states:
        if state not in STATES:
            said = nearest(state, STATES) or f"; states are {', '.join(STATES)}"
            raise AskedWrongly(f"--state {state}: there is no such state{said}")
    parts, values = ["1"], [*states]
    if states:
        parts.append(f"state IN ({', '.join('?' * len(states))})")
    for tag in tags:
        parts.append("EXISTS (SELECT 1 FROM json_each(jobs.tags) WHERE value = ?)")
        values.append(tag)
    return " AND ".join(parts), values
