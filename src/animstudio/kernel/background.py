"""Being a good neighbour: background priority, and stopping children as a whole."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.machine import Machine

_NICE = 10
_OOM_SCORE = 500
"""Of 1000: when memory ends, the kernel kills this work before a training that is running."""
_POLL = 0.05


def work_in_background(*, proc: Path = Path("/proc")) -> list[str]:
    """Give way to everybody else; return what was achieved (each part is best effort).

    Processor (nice 10), disk (idle class) and out-of-memory order. Holds for this thread, and
    for the threads and processes it starts from now on.
    """
    import psutil

    achieved = []
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, max(_NICE, os.getpriority(os.PRIO_PROCESS, 0)))
        achieved.append(f"nice {_NICE}")
    with suppress(OSError, psutil.Error):
        psutil.Process().ionice(psutil.IOPRIO_CLASS_IDLE)
        achieved.append("idle disk priority")
    with suppress(OSError, ValueError):
        score = proc / "self/oom_score_adj"
        score.write_text(str(max(_OOM_SCORE, int(score.read_text()))))
        achieved.append(f"oom_score_adj {_OOM_SCORE}")
    return achieved


def stop_group(
    leader: int,
    *,
    grace: float = 10.0,
    machine: Machine | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> Literal["gone", "ended", "killed"]:
    """Stop a process group: TERM, `grace` seconds to end cleanly, then KILL.

    `leader` began the group (``start_new_session=True``); it may be gone while its children
    live on. Nothing is reaped: the exit code stays with whoever started it.

    Raises:
        ValueError: the process leads no group of its own; stopping it could stop us.
        WorkFailed: members survive even KILL, waiting for a disk or a driver.
    """
    machine = machine or Machine()
    if leader <= 1 or leader == os.getpgrp():
        raise ValueError(f"process group {leader} is not ours to stop")
    with suppress(ProcessLookupError):
        if os.getpgid(leader) != leader:
            raise ValueError(f"process {leader} leads no group of its own")
    if not _members(machine, leader):
        return "gone"
    _send(leader, signal.SIGTERM)
    _send(leader, signal.SIGCONT)  # who is paused could not act on TERM
    if _ended(machine, leader, grace, clock, sleep):
        return "ended"
    _send(leader, signal.SIGKILL)
    if _ended(machine, leader, grace, clock, sleep):
        return "killed"
    raise WorkFailed(
        f"process group {leader} survived SIGKILL; it is waiting for a disk or a driver",
        hint=f"look at it with: ps -o pid,stat,wchan,args -g {leader}",
    )


def _ended(
    machine: Machine,
    group: int,
    grace: float,
    clock: Callable[[], float],
    sleep: Callable[[float], object],
) -> bool:
    deadline = clock() + grace
    while _members(machine, group):
        if clock() >= deadline:
            return False
        sleep(_POLL)
    return True


def _members(machine: Machine, group: int) -> list[int]:
    return [p.pid for p in machine.processes() if p.group == group and p.alive]


def _send(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)
