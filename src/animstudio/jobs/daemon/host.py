"""What of this machine may be promised to jobs."""

from __future__ import annotations

from animstudio.jobs.schedule.state import Host
from animstudio.kernel.machine import GB, Machine

_KEPT_BACK = 2 * GB
"""Main memory that is never promised to jobs: the desktop, the daemon, the page cache."""


def promised() -> Host:
    """Return the processors and the memory that jobs may have in all."""
    machine = Machine()
    return Host(machine.cpus(), max(0, machine.memory().limit - _KEPT_BACK))
