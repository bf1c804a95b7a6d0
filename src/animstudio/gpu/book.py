"""The lease book: who claimed what of which card, the same for every process of the machine.

The job daemon, pipeline runs and the model manager all claim here before they load anything.
It is one SQLite file with a rollback journal: several processes write to it, and the versions
of SQLite in use (3.7.0 to 3.51.2) can lose a write-ahead log that several of them reset. A
claim is checked and written in one transaction: exclusivity, the sum of the leases on a card,
and what strangers use of it.

A lease belongs to a process (number, start, boot), so that one whose holder died is found and
freed, and a number that was given anew holds nothing. If processes that were started with its
token in their environment (`VARIABLE`) still live, one of them becomes the holder.

Who works inside a lease (its token in the environment) claims within it: nested claims use up
the outer lease and nothing of the card, and one that does not fit raises at once, since
waiting for oneself never ends.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from animstudio.gpu.claims import NoRoom, check, check_within, refusal_of, standing_of
from animstudio.gpu.devices import Look
from animstudio.gpu.standing import Lease, Standing, fit, stand
from animstudio.kernel.errors import AskedWrongly, WorkFailed
from animstudio.kernel.files import make_folder
from animstudio.kernel.process import ProcessId, carrying

VARIABLE: Final = "ANIMSTUDIO_LEASE"
"""The environment variable in which work inside a lease finds its token."""
FILE: Final = "leases.sqlite"
_PATIENCE = 30.0
"""Seconds that another process's transaction is waited for; each takes milliseconds."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS leases (
    token TEXT NOT NULL, device TEXT NOT NULL,
    bytes INTEGER,               -- NULL: the whole card
    pid INTEGER NOT NULL, ticks INTEGER NOT NULL, boot TEXT NOT NULL,
    since REAL NOT NULL, what TEXT NOT NULL, parent TEXT,
    PRIMARY KEY (token, device)
) WITHOUT ROWID
"""
_COLUMNS = "token, device, bytes, pid, ticks, boot, since, what, parent"

Wants = Mapping[str, int | None]
"""By card (UUID), the bytes to claim; None for the whole card."""


@dataclass(frozen=True, slots=True)
class Book:
    """The book of one machine and user. Cheap to make; nothing stays open between two calls."""

    path: Path
    look: Look
    now: Callable[[], float] = time.time

    def claim(
        self,
        wants: Wants,
        what: str,
        *,
        holder: ProcessId | None = None,
        token: str | None = None,
        within: str | None = None,
    ) -> str:
        """Claim cards, all or none, and return the token of the leases.

        `what` names the work for people; the holder is this process unless it is said.
        `within` is the token of an outer lease. Claiming again with a token that stands
        changes nothing, so that a claim cut off can be repeated.

        Raises:
            NoRoom: it does not fit now.
            AskedWrongly: there is no such card, or no lease of that token to claim within.
        """
        token = token or secrets.token_hex(16)
        holder = holder or ProcessId.mine()
        devices = () if within else tuple(self.look())
        with self._writing() as base:
            if _read(base, token):
                return token
            leases = _free_the_dead(base)
            for uuid, size in wants.items():
                if within:
                    check_within(leases, within, uuid, size)
                else:
                    check(standing_of(devices, leases, uuid), size)
            owner = (holder.pid, holder.ticks, holder.boot)
            base.executemany(
                f"INSERT INTO leases ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(token, uuid, size, *owner, self.now(), what, within)
                 for uuid, size in wants.items()],
            )  # fmt: skip
        return token

    def claim_some(
        self, size: int | None, what: str, *, within: str | None = None, count: int = 1
    ) -> str:
        """Claim `size` bytes, or the whole, of `count` cards where they fit best.

        Raises NoRoom; `AskedWrongly` where no card is large enough.
        """
        if within:
            outer = [lease for lease in self.leases() if lease.token == within]
            if len(outer) < count:
                raise AskedWrongly(f"the lease {within[:8]} is of {len(outer)} cards, not {count}")
            return self.claim({each.device: size for each in outer[:count]}, what, within=within)
        for _ in range(3):  # another process may take the place between the look and the claim
            standings = self.standings()
            chosen = fit(standings, size, count)
            if chosen is None:
                raise refusal_of(standings, size, count)
            try:
                return self.claim({each.device.uuid: size for each in chosen}, what)
            except NoRoom as error:
                refusal = error
        raise refusal

    def bind(self, token: str, holder: ProcessId) -> bool:
        """Give leases to another process, a job's shim; False if they are no longer there.

        The shim does this before it lets its job begin, so that no job runs on a lease that
        was freed because the daemon that made the claim died.
        """
        with self._writing() as base:
            changed = base.execute(
                "UPDATE leases SET pid = ?, ticks = ?, boot = ? WHERE token = ?",
                (holder.pid, holder.ticks, holder.boot, token),
            )
            return changed.rowcount > 0

    def resize(self, token: str, size: int) -> None:
        """Note that a shared lease takes `size` bytes of each of its cards from now on."""
        with self._writing() as base:
            base.execute(
                "UPDATE leases SET bytes = ? WHERE token = ? AND bytes IS NOT NULL", (size, token)
            )

    def release(self, token: str) -> None:
        """Free leases, and those within them. Nothing happens if they are not there."""
        with self._writing() as base:
            base.execute("DELETE FROM leases WHERE token = ? OR parent = ?", (token, token))

    def leases(self) -> list[Lease]:
        """Return the leases that stand; those of dead holders are freed first."""
        if not self.path.exists():
            return []
        with self._writing() as base:
            return _free_the_dead(base)

    def standings(self) -> list[Standing]:
        """Return each card with its leases and what strangers use of it."""
        devices = tuple(self.look())
        return stand(devices, self.leases())

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Open the book and hold it for one transaction."""
        make_folder(self.path.parent)
        try:
            self.path.touch(mode=0o600, exist_ok=True)
            base = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise WorkFailed(f"{self.path}: cannot open the book of GPU leases: {error}") from error
        try:
            base.execute("PRAGMA synchronous = FULL")
            base.execute("BEGIN IMMEDIATE")
            base.execute(_SCHEMA)
            yield base
            base.execute("COMMIT")
        except sqlite3.Error as error:
            raise WorkFailed(
                f"{self.path}: the book of GPU leases cannot be used: {error}",
                hint="if it is damaged, remove it when nothing works on the GPUs",
            ) from error
        finally:
            base.close()  # what was not committed is undone


def _read(base: sqlite3.Connection, token: str | None = None) -> list[Lease]:
    where, values = ("WHERE token = ?", [token]) if token else ("", [])
    rows = base.execute(f"SELECT {_COLUMNS} FROM leases {where} ORDER BY since, token", values)
    return [
        Lease(token, device, size, ProcessId(pid, ticks, boot), since, what, parent)
        for token, device, size, pid, ticks, boot, since, what, parent in rows
    ]


def _free_the_dead(base: sqlite3.Connection) -> list[Lease]:
    """Free what dead holders left, unless someone who was started with it lives; return the rest.

    A nested lease ends with its holder or with the outer one.
    """
    leases = _read(base)
    dead = {lease.token for lease in leases if not lease.holder.alive}
    for token in dead:
        heir = next(filter(None, map(ProcessId.of, carrying(VARIABLE, token))), None)
        if heir:
            base.execute(
                "UPDATE leases SET pid = ?, ticks = ?, boot = ? WHERE token = ?",
                (heir.pid, heir.ticks, heir.boot, token),
            )
        else:
            base.execute("DELETE FROM leases WHERE token = ? OR parent = ?", (token, token))
    return _read(base) if dead else leases
