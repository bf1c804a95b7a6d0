"""The daemon's side of launching: orders to the launcher, and who became of them.

What the launcher was told and did not answer is `unanswered` when it dies: those attempts are
looked at as after a restart of the daemon.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

_MAIN = (
    "import sys; sys.path[:0] = sys.argv[2:];"
    " from animstudio.jobs.shim.launcher import main; main(int(sys.argv[1]))"
)


@dataclass(frozen=True, slots=True)
class Saved:
    """Where an earlier try of a job may have saved something, and since when."""

    folder: str
    since: float


@dataclass(frozen=True, slots=True)
class Launch:
    """All that a shim needs to know.

    `attempt` is its folder's name; `book` is where its leases stand, None if it has none;
    `saved` is for all tries but the first.
    """

    attempt: str
    folder: str
    argv: list[str]
    cwd: str
    env: dict[str, str]
    log: str
    timeout: float | None
    grace: float
    book: str | None
    token: str
    saved: Saved | None = None


@dataclass(frozen=True, slots=True)
class Launched:
    """The shim of an attempt: its pid, and when it began."""

    attempt: str
    shim: int
    started: int | None


class Launcher:
    """The launcher's process, begun again whenever it is gone."""

    def __init__(self) -> None:
        self.unanswered: list[str] = []
        self._out, self._rest = b"", b""
        self._begin()

    def fileno(self) -> int:
        """Return the socket to wait for."""
        return self._socket.fileno()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def launch(self, launch: Launch) -> None:
        """Order a shim. A launcher that is gone shows it when it is read."""
        self.unanswered.append(launch.attempt)
        self._out += json.dumps(asdict(launch)).encode() + b"\n"
        self.flush()

    @property
    def wants_to_write(self) -> bool:
        """Whether orders wait for the launcher to read."""
        return bool(self._out)

    def flush(self) -> None:
        """Write what can be written now."""
        try:
            while self._out:
                self._out = self._out[self._socket.send(self._out) :]
        except BlockingIOError:
            pass
        except (BrokenPipeError, ConnectionResetError):
            self._out = b""

    def read(self) -> list[Launched] | None:
        """Return what was launched since; None if the launcher is gone."""
        try:
            data = self._socket.recv(1 << 16)
        except BlockingIOError:
            return []
        except ConnectionResetError:
            data = b""
        if not data:
            return None
        *lines, self._rest = (self._rest + data).split(b"\n")
        found = [Launched(**json.loads(line)) for line in lines]
        for launched in found:
            self.unanswered.remove(launched.attempt)
        return found

    def begin_again(self) -> list[str]:
        """Start another launcher; return the orders that the last one did not answer."""
        lost, self.unanswered = self.unanswered, []
        self.close()
        self._begin()
        return lost

    def close(self) -> None:
        """Let the launcher end."""
        self._socket.close()
        self._process.wait()

    def _begin(self) -> None:
        mine, its = socket.socketpair()
        self._socket, self._out, self._rest = mine, b"", b""
        mine.setblocking(False)
        # A bare interpreter: what it forks is small, and no package is looked for at its start.
        places = [str(Path(place).absolute()) for place in sys.path if place]
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _MAIN, str(its.fileno()), *places],
            pass_fds=[its.fileno()], cwd="/", start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        its.close()
