"""Asking the daemon; the first who asks starts it.

A request that changes something can be sent again: submitting is idempotent by its UUIDs, and
all other verbs say where a job shall be, not how to move it.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from animstudio.jobs.wire import LOCK, LOG, SOCKET, encode, home, short_name, unpacked
from animstudio.kernel.errors import WorkFailed

if TYPE_CHECKING:
    from animstudio.jobs.spare import Spare

_TRIES = 40
_STARTING = 400
_BEGUN = 5
"""Daemons that are begun at most, where each ends at once."""
_PAUSE = 0.05
"""Seconds between two tries to reach a daemon that is just starting, or was just killed."""
_MAIN = (
    "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]);"
    " from animstudio.jobs.daemon.serve import main; from animstudio.jobs.spare import Spare;"
    " spare = Spare(int(sys.argv[5]), int(sys.argv[6]));"
    " main(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], spare, int(sys.argv[7]))"
)


class Client:
    """A connection to the daemon of a state folder."""

    def __init__(
        self, state: Path, environment: Mapping[str, str], *, fake_gpus: str = "",
        spare: Spare | None = None,
    ) -> None:  # fmt: skip
        """Know where it is.

        `environment` tells whether this runs inside one of its jobs; `fake_gpus` and
        `spare` (settings) are for a daemon that has to be started.
        """
        self._state, self._fake_gpus, self._spare = state, fake_gpus, spare
        self.folder = home(state)
        self._inside = Path(environment.get("ANIMSTUDIO_RUN_DIR", "/")).is_relative_to(self.folder)
        self._socket: socket.socket | None = None
        self._rest = b""

    def ask(self, verb: str, **arguments: Any) -> Any:
        """Ask, starting the daemon if there is none; return its answer.

        Raises what the daemon answered, or WorkFailed if there is none and none can be started.
        """
        request = encode({"verb": verb, **arguments})
        for left in reversed(range(_TRIES)):
            try:
                if self._socket is None:
                    self.start()
                return unpacked(self._exchange(request))
            except (ConnectionError, FileNotFoundError, BlockingIOError):
                self.close()
                if left:
                    time.sleep(_PAUSE)
        raise WorkFailed("the daemon does not answer", hint=f"see {self.folder / LOG}")

    def running(self) -> bool:
        """Return whether a daemon answers; none is started."""
        try:
            self._socket = self._socket or self._connect()
        except OSError:
            return False
        return True

    def start(self) -> None:
        """Connect; start the daemon first if nobody answers."""
        if self.running():
            return
        if self._inside:
            raise WorkFailed(
                "the daemon does not run, and a job cannot start it: it would end with the job",
                hint="start it outside: animstudio jobs daemon start",
            )
        begun = 0
        for _ in range(_STARTING):  # another command may be starting one, or one is just ending
            if _free(self.folder):
                if begun == _BEGUN:
                    raise WorkFailed(
                        "the daemon ends as soon as it begins", hint=f"see {self.folder / LOG}"
                    )
                _start(self.folder, self._start_with())
                begun += 1
            if self.running():
                return
            time.sleep(_PAUSE)
        raise WorkFailed(
            f"{self.folder / SOCKET}: the daemon runs, and cannot be reached",
            hint="if its socket was removed it ends within a minute, and the next command starts"
            f" another; see {self.folder / LOG}",
        )

    def _start_with(self) -> list[str]:
        """Return what a daemon is told: where leases stand, which cards, what is kept back."""
        from animstudio.gpu.book import FILE
        from animstudio.jobs.spare import Spare
        from animstudio.kernel.settings import Settings

        spare = self._spare or Spare.of(Settings())
        kept = [str(spare.vram), str(spare.memory)]
        return [str(self._state / "gpu" / FILE), self._fake_gpus, *kept]

    def close(self) -> None:
        """Let go of the connection."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._rest = None, b""

    def _connect(self) -> socket.socket:
        found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            with short_name(self.folder / SOCKET) as name:
                found.connect(name)
        except OSError:
            found.close()
            raise
        return found

    def _exchange(self, request: bytes) -> dict[str, Any]:
        assert self._socket is not None, "connected before"
        self._socket.sendall(request)
        parts = [self._rest]
        while b"\n" not in parts[-1]:
            data = self._socket.recv(1 << 20)
            if not data:
                raise ConnectionResetError
            parts.append(data)
        line, _, self._rest = b"".join(parts).partition(b"\n")
        found = json.loads(line)
        return found if isinstance(found, dict) else {}


def _free(folder: Path) -> bool:
    """Return whether no daemon has a queue's lock."""
    try:
        with (folder / LOCK).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return False
    return True


def _start(folder: Path, more: list[str]) -> None:
    import subprocess

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    (folder / "attempts").mkdir(exist_ok=True)
    (folder / "runs").mkdir(exist_ok=True)
    ready, writer = os.pipe()
    log = os.open(folder / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    root = str(Path(__file__).parents[2])
    subprocess.Popen(
        [sys.executable, "-c", _MAIN, root, str(folder), *more, str(writer)],
        pass_fds=[writer], cwd="/", start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=log, stderr=log,
    ).returncode = 0  # it outlives us: nobody waits for it  # fmt: skip
    os.close(writer)
    os.close(log)
    with os.fdopen(ready) as answer:
        said = answer.readline().strip()
    if said:
        raise WorkFailed(f"the daemon cannot start: {said}")
