"""What the daemon asks its own store: jobs, the queue, what depends on what, facts."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from animstudio.jobs.clock import Clock
from animstudio.jobs.job import OVER, Attempt, Job
from animstudio.jobs.schedule.dependencies import Verdict, verdict
from animstudio.jobs.schedule.state import Dependency, Ending, Limit, Need, Waiting
from animstudio.jobs.store.rows import ATTEMPT, JOB, to_attempt, to_job


class Known:
    """The store as its one writer reads it; `clock` tells how long a back-off still lasts."""

    def __init__(self, base: sqlite3.Connection, clock: Clock, folder: Path) -> None:
        self.base, self.clock, self.folder = base, clock, folder
        self._turn: float | None = None

    def job(self, number: int) -> Job | None:
        """Return a job; None if there is none."""
        row = self.base.execute(f"SELECT {JOB} FROM jobs WHERE id = ?", (number,)).fetchone()
        return to_job(row) if row else None

    def queue(self, now: float) -> Iterator[Waiting]:
        """Yield the jobs that are queued as the scheduler takes them; `now` is its time.

        There can be very many: no more is read of each than is needed.
        """
        query = (
            "SELECT id, queued_at, asked, wait_until, wait_boot, array FROM jobs"
            " WHERE state = 'queued'"
        )
        needs: dict[str, Need] = {}  # most are alike
        for job, queued_at, text, until, boot, array in self.base.execute(f"{query} ORDER BY id"):
            asked = json.loads(text)
            said = str(asked["need"])
            need = needs.setdefault(said, needs.get(said) or Need(**asked["need"]))
            rest = until - self.clock.boottime() if until and boot == self.clock.boot else 0.0
            yield Waiting(
                job, need, queued_at or now, asked["user"], asked["priority"], asked["signature"],
                asked["kind"], now + rest if rest > 0 else 0.0,
                limit=_limit(asked.get("part"), array),
            )  # fmt: skip

    def runs(self, most: int) -> list[tuple[str, str, float]]:
        """Return signature, kind and seconds of the latest runs that completed, oldest first."""
        query = (
            "SELECT asked ->> 'signature', asked ->> 'kind', seconds FROM attempts"
            " JOIN jobs ON jobs.id = job WHERE outcome = 'completed' AND seconds IS NOT NULL"
            " ORDER BY until DESC LIMIT ?"
        )
        return self.base.execute(query, (most,)).fetchall()[::-1]

    def array_of(self, job: int) -> int | None:
        """Return the id of the array a job belongs to."""
        row = self.base.execute("SELECT array FROM jobs WHERE id = ?", (job,)).fetchone()
        return row[0] if row else None

    def open_attempts(self) -> list[Attempt]:
        """Return the attempts that have not ended."""
        found = self.base.execute(f"SELECT {ATTEMPT} FROM attempts WHERE outcome IS NULL")
        return [to_attempt(row) for row in found]

    def turn(self) -> float:
        """Return the place in the queue of who enters it now, in seconds since 1970.

        It never goes back: a clock that is corrected puts nobody before those who came first.
        """
        if self._turn is None:
            query = "SELECT max(queued_at) FROM jobs WHERE state IN ('queued', 'running', 'paused')"
            self._turn = self.base.execute(query).fetchone()[0] or 0.0
        self._turn = max(self._turn, self.clock.wall())
        return self._turn

    def rest(self, job: int) -> float:
        """Return the seconds of its back-off that a queued job still has to wait."""
        until, boot = self.base.execute(
            "SELECT wait_until, wait_boot FROM jobs WHERE id = ?", (job,)
        ).fetchone()
        same = until is not None and boot == self.clock.boot
        return max(0.0, until - self.clock.boottime()) if same else 0.0

    def dependents(self, job: int) -> list[int]:
        """Return the pending jobs that wait for a job."""
        query = (
            "SELECT DISTINCT job FROM dependencies JOIN jobs ON jobs.id = job"
            " WHERE other = ? AND state = 'pending' ORDER BY job"
        )
        return [row[0] for row in self.base.execute(query, (job,))]

    def verdict(self, job: int) -> Verdict:
        """Say whether what a job depends on lets it begin."""
        query = (
            "SELECT other, condition, state FROM dependencies"
            " LEFT JOIN jobs ON jobs.id = other WHERE job = ?"
        )
        found = self.base.execute(query, (job,)).fetchall()
        # One that was removed had ended (no other is removed), and nobody can say how.
        endings: dict[int, Ending] = {other: state or "cancelled" for other, _, state in found
                   if state is None or state in OVER}  # fmt: skip
        return verdict([Dependency(other, condition) for other, condition, _ in found], endings)

    def fact(self, name: str) -> str | None:
        """Return a fact about the whole queue."""
        row = self.base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def alike(self, signature: str) -> list[int]:
        """Return the queued jobs of a signature."""
        query = "SELECT id FROM jobs WHERE state = 'queued' AND asked ->> 'signature' = ?"
        return [row[0] for row in self.base.execute(query, (signature,))]

    def mark(self, job: int) -> tuple[int, dict[str, Any], list[dict[str, Any]]] | None:
        """Return the attempt a job was last followed in, what to go on from, and its alarms."""
        query = "SELECT attempt, mark, alarms FROM followed WHERE job = ?"
        row = self.base.execute(query, (job,)).fetchone()
        return (row[0], json.loads(row[1]), json.loads(row[2])) if row else None


def _limit(part: Mapping[str, Any] | None, array: int | None) -> Limit | None:
    """Return how many jobs of an array may run at once, of a job's `part` as the store has it."""
    if part is None or array is None or part["at_most"] is None:
        return None
    return Limit(array, part["at_most"])
