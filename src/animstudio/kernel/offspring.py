"""What a process starts, however that tries to get away: kept hold of, and ended as a whole.

A daemon leaves its group and its session, and its parent ends; but whoever is a child subreaper
(prctl(2), PR_SET_CHILD_SUBREAPER) becomes the parent of everything below that loses its own.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from animstudio.kernel.machine import Machine, Process
from animstudio.kernel.process import carrying

_PR_SET_CHILD_SUBREAPER = 36
_POLL = 0.02


@dataclass(frozen=True, slots=True)
class Offspring:
    """What this process started since `before`, its children of then.

    `held` says whether the system lets it keep hold of them; elsewhere daemons get away.
    """

    before: frozenset[int]
    held: bool

    def left(self) -> list[Process]:
        """Return who of them lives still; the dead whom nobody waited for are buried."""
        found = []
        for child in _children() - self.before:
            with suppress(ChildProcessError):
                if os.waitpid(child, os.WNOHANG)[0] == child:
                    continue
            found += [process for process in Machine().tree(child) if process.alive]
        return found

    def end(self, *, grace: float) -> list[Process]:
        """End who lives still; return whom that met. See `end_all`."""
        return end_all(self.left, grace=grace)


@contextmanager
def offspring() -> Iterator[Offspring]:
    """Keep hold of everything that this process starts meanwhile; for processes of one thread."""
    held = _adopt(True)
    try:
        yield Offspring(frozenset(_children()), held)
    finally:
        _adopt(False)


def carriers(variable: str, value: str) -> list[Process]:
    """Return who lives of those that were started with ``variable=value``, and stem from them."""
    machine = Machine()
    found = {p.pid: p for pid in carrying(variable, value) for p in machine.tree(pid) if p.alive}
    found.pop(os.getpid(), None)
    return list(found.values())


def end_all(
    find: Callable[[], Sequence[Process]],
    *,
    grace: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> list[Process]:
    """End everybody whom `find` finds, again and again: TERM, `grace` seconds, then KILL.

    Whoever waits for a disk or a driver survives even that: `grace` seconds later they are left.
    However late the clock is looked at, nobody is left who was not sent KILL, but for those who
    multiply faster than they are ended, ten times `grace` long.
    """
    met: dict[int, Process] = {}
    killed: set[int] = set()
    begun = clock()
    while found := find():
        spent = clock() - begun
        told = killed.issuperset(process.pid for process in found)
        if killed and spent >= (2 if told else 10) * grace:
            break
        for process in found:
            with suppress(ProcessLookupError, PermissionError):
                if spent >= grace:
                    killed.add(process.pid)
                    os.kill(process.pid, signal.SIGKILL)
                elif process.pid not in met:
                    os.kill(process.pid, signal.SIGTERM)
                    os.kill(process.pid, signal.SIGCONT)  # who is paused could not act on TERM
            met[process.pid] = process
        sleep(_POLL)
    return list(met.values())


def _adopt(yes: bool) -> bool:
    try:
        return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(yes), 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False


def _children() -> set[int]:
    found: set[int] = set()
    for task in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            found.update(map(int, task.read_text().split()))
    return found
