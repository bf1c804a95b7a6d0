"""What of this machine may be promised to jobs."""

from __future__ import annotations

from animstudio.jobs.schedule.state import Host
from animstudio.kernel.machine import Machine


def promised(spare: int) -> Host:
    """Return the processors and the memory that jobs may have in all, but for spare bytes."""
    machine = Machine()
    return Host(machine.cpus(), max(0, machine.memory().limit - spare))
