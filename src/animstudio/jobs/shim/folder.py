"""An attempt's folder: how its shim and the daemon tell each other what happened.

    lock          held by the shim as long as it lives; holds its pid and when it began
    revoked       this attempt must not begin any more; made under the lock
    spawn.json    the job's process exists, and waits at its gate
    control.json  what the daemon wants of the shim, which is told by SIGUSR1
    exit.json     how it ended, when all its processes were gone
    log           what the job writes

Whoever holds the lock decides: an attempt that is revoked never begins, and one that began is
never revoked, whatever is killed in between.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from animstudio.kernel.files import write_atomic

TOKEN = "ANIMSTUDIO_TOKEN"
"""The variable that marks all processes of an attempt."""

Verb = Literal["stop", "freeze", "thaw", "checkpoint"]


@dataclass(frozen=True, slots=True)
class Spawned:
    """The processes of an attempt: pids, and when each began, in ticks since the boot."""

    shim: int
    shim_started: int
    job: int
    job_started: int
    boot: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt ended.

    code:    its exit code; 128 and the signal's number, as shells say it, if one killed it.
    why:     ``exited``, ``timeout``, ``stop`` or ``checkpoint`` (as it was told), or ``error``:
             it could not be begun, and `reason` says why.
    seconds: how long it ran, on a clock that nobody sets.
    left:    how many processes outlived the command, and were ended.
    """

    code: int
    why: str
    reason: str
    seconds: float
    left: int = 0


@dataclass(frozen=True, slots=True)
class Control:
    """What a shim is to do.

    stop: TERM, `grace` seconds, KILL. checkpoint: `signal` first, then `patience` seconds.
    then: what becomes of the job afterwards; for the daemon, which may be another by then.
    trouble: what was seen in its log, if it is stopped for that; then it failed.
    """

    verb: Verb
    then: Literal["cancelled", "paused", "queued", ""] = ""
    reason: str = ""
    signal: int = 0
    patience: float = 0.0
    trouble: str = ""


class Folder:
    """The files of one attempt."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log = path / "log"

    def spawned(self) -> Spawned | None:
        """Return its processes; None if it has not begun."""
        found = self._read("spawn.json")
        return Spawned(**found) if found else None

    def ended(self) -> Ended | None:
        """Return how it ended; None while it has not."""
        found = self._read("exit.json")
        return Ended(**found) if found else None

    def control(self) -> Control | None:
        """Return what the daemon last wanted."""
        found = self._read("control.json")
        return Control(**found) if found else None

    def write_spawned(self, spawned: Spawned) -> None:
        """Write down its processes."""
        self._write("spawn.json", asdict(spawned))

    def write_ended(self, ended: Ended) -> None:
        """Write down how it ended."""
        self._write("exit.json", asdict(ended))

    def write_control(self, control: Control) -> None:
        """Write down what is wanted of the shim."""
        self._write("control.json", asdict(control))

    def lock(self) -> int | None:
        """Take the lock; return the open file, or None while another process holds it."""
        file = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return None
        return file

    def holder(self) -> tuple[int, int] | None:
        """Return pid and start of the shim that took the lock, once it has said so."""
        with suppress(OSError, ValueError):
            pid, started = (self.path / "lock").read_text().split()
            return int(pid), int(started)
        return None

    def revoke(self) -> None:
        """Let it never begin; to be called by who holds the lock."""
        os.close(os.open(self.path / "revoked", os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))

    @property
    def revoked(self) -> bool:
        """Whether it must not begin any more."""
        return (self.path / "revoked").exists()

    def _read(self, name: str) -> dict[str, Any]:
        try:
            found = json.loads((self.path / name).read_bytes())
        except (OSError, ValueError):  # not there yet; a file is never torn (`write_atomic`)
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, name: str, content: dict[str, Any]) -> None:
        write_atomic(self.path / name, json.dumps(content))


def started(pid: int, *, proc: Path = Path("/proc")) -> int | None:
    """Return when a process began, in ticks since the boot; None if it is gone, or a zombie."""
    with suppress(OSError, ValueError, IndexError):
        fields = (proc / str(pid) / "stat").read_text(errors="replace").rpartition(") ")[2].split()
        if fields[0] not in "ZX":
            return int(fields[19])
    return None
