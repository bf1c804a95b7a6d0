"""Writing the store: each change is one transaction, on disk before anybody is told.

with store.change():                one BEGIN IMMEDIATE ... COMMIT
    store.submit(uuid, order)       a job of its own, or the one that this UUID made before
    store.claim(start, token)       an attempt, and what it holds
    store.end(attempt, state)       how it went; what it held is free
    store.set(job, state)           anything else that becomes of a job
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from animstudio.jobs.job import Attempt, Job, Pending, Queued, Running, State
from animstudio.jobs.naming import named
from animstudio.jobs.order import Order, Part
from animstudio.jobs.schedule.state import Need, Start
from animstudio.jobs.store.known import Known
from animstudio.jobs.store.rows import STATE_COLUMNS, state_values
from animstudio.kernel.errors import AskedWrongly, WorkFailed

_SET = ", ".join(f"{name} = ?" for name in STATE_COLUMNS)


class Taken(Exception):
    """A card is not free any more; the job stays where it is."""


class Store(Known):
    """The jobs, as the one process that writes has them."""

    @contextmanager
    def change(self) -> Iterator[None]:
        """Make all that is done inside one change: all of it is on disk afterwards, or none.

        Raises WorkFailed where it cannot be written: a disk may be full.
        """
        try:
            self.base.execute("BEGIN IMMEDIATE")
            yield
            self.base.execute("COMMIT")
        except BaseException as error:
            if self.base.in_transaction:
                self.base.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise WorkFailed(f"{self.folder}: the queue cannot be written: {error}") from error
            raise

    def submit(self, uuid: str, order: Order) -> tuple[int, bool]:
        """Take a job in; return its id, and whether it is new: a UUID makes one job only.

        Raises AskedWrongly for a dependency on a job that there is not.
        """
        found = self.base.execute("SELECT id FROM jobs WHERE uuid = ?", (uuid,)).fetchone()
        if found:
            return int(found[0]), False
        now = self.clock.wall()
        others = [(job, after.condition) for after in order.after for job in self._known(after.job)]
        state: State = Pending(now, "hold" if order.hold else "dependencies")
        array, index = self._array(order.part), order.part.index if order.part else None
        columns = "uuid, name, user, priority, tags, submitted_at, asked, array, array_index"
        job = self.base.execute(
            f"INSERT INTO jobs ({columns}, {', '.join(STATE_COLUMNS)}) VALUES ({_marks(16)})",
            (
                uuid, order.name, order.user, order.priority, json.dumps(order.tags), now,
                order.to_json(), array, index, *state_values(state),
            ),
        ).lastrowid  # fmt: skip
        assert job is not None
        if order.part and array is None:
            self.base.execute("INSERT INTO arrays VALUES (?, ?)", (job, order.part.array))
            self.base.execute("UPDATE jobs SET array = id WHERE id = ?", (job,))
        self.base.executemany(
            "INSERT OR IGNORE INTO dependencies VALUES (?, ?, ?)",
            [(job, other, condition) for other, condition in others],
        )
        return job, True

    def _array(self, part: Part | None) -> int | None:
        """Return the id of an array; None if this is its first job, or there is no array."""
        key = part.array if part else None
        row = self.base.execute("SELECT id FROM arrays WHERE key = ?", (key,)).fetchone()
        return int(row[0]) if row else None

    def _known(self, job: int | str) -> list[int]:
        """Return the jobs that are to be waited for."""
        column = "uuid" if isinstance(job, str) else "id"
        found = self.base.execute(f"SELECT id FROM jobs WHERE {column} = ?", (job,)).fetchall()
        if not found and isinstance(job, str) and (place := named(job)):
            query = "SELECT id FROM jobs WHERE array = ? AND array_index BETWEEN ? AND ?"
            found = self.base.execute(query, (place.array, place.first, place.last)).fetchall()
        if not found:
            raise AskedWrongly(f"there is no job {job} to wait for")
        return [int(row[0]) for row in found]

    def set(self, job: int, state: State) -> None:
        """Write what became of a job."""
        queued = isinstance(state, Queued)
        wait = state.wait if isinstance(state, Queued) and state.wait > 0 else None
        self.base.execute(
            f"UPDATE jobs SET {_SET}, wait_until = ?, wait_boot = ?,"
            " queued_at = CASE WHEN ? THEN coalesce(queued_at, ?) ELSE queued_at END WHERE id = ?",
            (
                *state_values(state),
                None if wait is None else self.clock.boottime() + wait,
                None if wait is None else self.clock.boot,
                queued, self.turn() if queued else None, job,
            ),
        )  # fmt: skip

    def claim(self, start: Start, need: Need, token: str) -> Attempt:
        """Write an attempt and its leases. Raises Taken where a card has not the room any more."""
        number, since = self._next_attempt(start.job), self.clock.wall()
        for device in start.devices:
            self._check_card(device, start.vram, need)
            self.base.execute(
                "INSERT INTO leases VALUES (?, ?, ?, ?)", (device, start.job, number, start.vram)
            )
        attempt = Attempt(
            start.job, number, token, start.devices, start.vram, since,
            self.clock.boot, self.clock.boottime(),
        )  # fmt: skip
        self.base.execute(
            "INSERT INTO attempts (job, number, token, devices, vram, since, boot, boottime)"
            f" VALUES ({_marks(8)})",
            (
                start.job, number, token, json.dumps(start.devices), start.vram, since,
                attempt.boot, attempt.boottime,
            ),
        )  # fmt: skip
        self.set(start.job, Running(since, number))
        self.base.execute("UPDATE jobs SET attempts = ? WHERE id = ?", (number, start.job))
        return attempt

    def _next_attempt(self, job: int) -> int:
        row = self.base.execute("SELECT state, attempts FROM jobs WHERE id = ?", (job,)).fetchone()
        if row is None or row[0] != "queued":
            raise Taken
        return int(row[1]) + 1

    def _check_card(self, device: str, vram: int, need: Need) -> None:
        held = self.base.execute("SELECT vram FROM leases WHERE device = ?", (device,)).fetchall()
        if held and (not need.shared or any(other == 0 for (other,) in held)):
            raise Taken

    def unclaim(self, job: int) -> None:
        """Take back a claim of this same change, which another process made impossible."""
        claimed = self.base.execute(
            "DELETE FROM attempts WHERE job = ? AND outcome IS NULL", (job,)
        ).rowcount
        if claimed:
            self.base.execute("DELETE FROM leases WHERE job = ?", (job,))
            self.base.execute("UPDATE jobs SET attempts = attempts - 1 WHERE id = ?", (job,))
            self.set(job, Queued(self.clock.wall()))

    def end(self, attempt: Attempt, state: State, *, failed: bool = False) -> None:
        """Write how an attempt went (its `outcome` is set) and what becomes of its job."""
        self.base.execute(
            "UPDATE attempts SET until = ?, outcome = ?, code = ?, reason = ?, seconds = ?"
            " WHERE job = ? AND number = ?",
            (
                attempt.until, attempt.outcome, attempt.code, attempt.reason, attempt.seconds,
                attempt.job, attempt.number,
            ),
        )  # fmt: skip
        self.base.execute("DELETE FROM leases WHERE job = ?", (attempt.job,))
        if failed:
            self.base.execute("UPDATE jobs SET failures = failures + 1 WHERE id = ?",
                              (attempt.job,))  # fmt: skip
        self.set(attempt.job, state)

    def change_order(self, job: Job, **changes: object) -> None:
        """Change what was asked for."""
        order = replace(job.order, **changes)  # type: ignore[arg-type]
        self.base.execute(
            "UPDATE jobs SET asked = ?, priority = ?, name = ? WHERE id = ?",
            (order.to_json(), order.priority, order.name, job.id),
        )

    def forget_failures(self, job: int) -> None:
        """Let a job have all its retries again."""
        self.base.execute("UPDATE jobs SET failures = 0 WHERE id = ?", (job,))

    def remove(self, job: int) -> None:
        """Forget a job; its id is not given again."""
        array = self.array_of(job)
        self.base.execute("DELETE FROM jobs WHERE id = ?", (job,))
        gone = "DELETE FROM arrays WHERE id = ? AND NOT EXISTS (SELECT 1 FROM jobs WHERE array = ?)"
        self.base.execute(gone, (array, array))

    def set_fact(self, name: str, value: str) -> None:
        """Write a fact about the whole queue."""
        self.base.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def note(self, attempt: Attempt, mark: object, alarms: object) -> None:
        """Write how far a job is, as JSON values: what it is followed on from, and its alarms."""
        self.base.execute(
            "INSERT OR REPLACE INTO followed VALUES (?, ?, ?, ?)",
            (attempt.job, attempt.number, json.dumps(mark), json.dumps(alarms)),
        )


def _marks(count: int) -> str:
    return ", ".join("?" * count)
