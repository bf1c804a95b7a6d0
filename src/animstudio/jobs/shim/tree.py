"""The processes of an attempt, and the signals that reach all of them.

The shim is a child subreaper (prctl(2), PR_SET_CHILD_SUBREAPER): whatever the job starts, and
however that tries to get away, becomes the shim's child when its own parent ends. So when
the shim has no child left, nothing of the job is left.
"""

from __future__ import annotations

import ctypes
import os
import signal
from contextlib import suppress

from animstudio.jobs.shim.folder import TOKEN
from animstudio.kernel.machine import Machine, Process
from animstudio.kernel.process import ProcessId, carrying

_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Become the parent of all descendants whose own parent ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "PR_SET_CHILD_SUBREAPER")


def send(number: signal.Signals, *, main: int | None) -> None:
    """Send a signal to everything below this process.

    `main` leads the job's own group, whose members are met all at once; None if it ended.
    """
    if main is not None:
        with suppress(ProcessLookupError):
            os.killpg(main, number)
    for process in below():
        if process.group != main:
            with suppress(ProcessLookupError):
                os.kill(process.pid, number)


def below() -> list[Process]:
    """Return the living descendants of this process."""
    here = os.getpid()
    return [process for process in Machine().tree(here) if process.pid != here and process.alive]


def survivors(token: str, job: int | None = None) -> list[int]:
    """Return the living processes that carry a token, or stem from such, or are of the job's group.

    `job` is its command's process: between its birth and its program it carries no token, and
    leads no group yet. It is for attempts whose shim was killed: their processes have no parent
    to ask. What broke away from all of this before the shim was killed, its environment emptied,
    is nobody's to find.
    """
    living = [process for process in Machine().processes() if process.alive]
    found = {process.pid for process in living if job in (process.group, process.pid)}
    found |= {pid for pid in carrying(TOKEN, token) if ProcessId.of(pid)}
    while more := {p.pid for p in living if p.parent in found} - found:
        found |= more
    return sorted(found)
