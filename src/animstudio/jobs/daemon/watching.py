"""Waiting for processes to end, by pidfd: no polling, and no pid that was given to another."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from animstudio.jobs.shim.folder import started


class Watched:
    """A process that is watched; its file is readable once it has ended."""

    def __init__(self, pid: int, began: int | None = None, *, proc: Path = Path("/proc")) -> None:
        """Watch a process. Raises ProcessLookupError if it is gone, or another one by now."""
        self.pid = pid
        self._file = os.pidfd_open(pid)
        if began is not None and started(pid, proc=proc) not in (began, None):
            self.close()
            raise ProcessLookupError(pid)

    def fileno(self) -> int:
        """Return the file to wait for."""
        return self._file

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; nothing happens if it is gone."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._file, number)

    def close(self) -> None:
        """Watch it no more."""
        os.close(self._file)
