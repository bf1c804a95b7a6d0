"""What became of an attempt while nobody looked: one row of the table for each finding.

exit.json is there                    Over: apply it
the lock is held                      Alive: its shim runs; adopt it
other boot                            PutOut: the machine went down; did it begin?
lock free, no spawn.json              NeverBegan: it is revoked, so that it never will;
                                      Orphaned, if somebody removed the file under its processes
lock free, spawn.json, no exit.json   Orphaned: its shim was killed; who is left of it?
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from animstudio.jobs.job import Attempt
from animstudio.jobs.shim.folder import Ended, Folder, started
from animstudio.jobs.shim.tree import survivors


@dataclass(frozen=True, slots=True)
class Over:
    """It ended, and its shim said how."""

    how: Ended


@dataclass(frozen=True, slots=True)
class Alive:
    """Its shim runs; `shim` is its pid, None as long as it did not say it yet."""

    shim: int | None


@dataclass(frozen=True, slots=True)
class NeverBegan:
    """Its command did not run, and never will."""


@dataclass(frozen=True, slots=True)
class PutOut:
    """The machine went down under it."""

    began: bool


@dataclass(frozen=True, slots=True)
class Orphaned:
    """Its shim was killed; `pids` are those of its processes that still run."""

    pids: tuple[int, ...]


Finding = Over | Alive | NeverBegan | PutOut | Orphaned


def examine(folder: Folder, attempt: Attempt, *, boot: str, proc: Path = Path("/proc")) -> Finding:
    """Return what became of an attempt; one that never began is revoked."""
    if how := folder.ended():
        return Over(how)
    if attempt.boot != boot:
        return PutOut(began=folder.spawned() is not None)
    folder.path.mkdir(parents=True, exist_ok=True)
    lock = folder.lock()
    if lock is None:
        return Alive(_shim(folder, proc))
    try:
        if how := folder.ended():  # it ended between the two looks
            return Over(how)
        spawned = folder.spawned()
        if spawned is None:
            if left := survivors(attempt.token):  # its folder was emptied under it
                return Orphaned(tuple(left))
            folder.revoke()
            return NeverBegan()
        ours = started(spawned.job, proc=proc) == spawned.job_started
        return Orphaned(tuple(survivors(attempt.token, spawned.job if ours else None)))
    finally:
        os.close(lock)


def _shim(folder: Folder, proc: Path) -> int | None:
    holder = folder.holder()
    if holder is None or started(holder[0], proc=proc) != holder[1]:
        return None
    return holder[0]
