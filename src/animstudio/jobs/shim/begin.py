"""How a job's process begins: behind a gate that opens only when its existence is on disk."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

NOT_FOUND, NOT_RUNNABLE = 127, 126
"""As shells say that a program is not there, or cannot be run."""
_TOLD = 500


@dataclass
class Beginning:
    """A job's process; it runs nothing of the job's before its gate is open."""

    pid: int
    _gate: int
    _errors: int
    _error: str | None = None

    def open_gate(self) -> None:
        """Let it run. If this process dies instead, the job ends without having begun."""
        with suppress(BrokenPipeError):
            os.write(self._gate, b"g")
        os.close(self._gate)

    def error(self) -> str:
        """Return why its program could not be run; empty if it was. Waits until that is known."""
        if self._error is None:
            with os.fdopen(self._errors, "rb") as file:
                self._error = file.read().decode(errors="replace")
        return self._error


def begin(launch: dict[str, Any], lock: int) -> Beginning:
    """Fork the job's process, with its streams, folder and environment, behind its gate.

    `lock` is the shim's, which the job is not to hold. Raises OSError where its log cannot be
    written.
    """
    Path(launch["log"]).parent.mkdir(parents=True, exist_ok=True)
    log = os.open(
        launch["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600
    )  # "a" as the report had it: a second attempt writes after the first
    gate, opener = os.pipe()
    errors, teller = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(opener)
        os.close(errors)
        os.close(lock)
        _become(launch, log, gate, teller)
    for mine in (log, gate, teller):
        os.close(mine)
    return Beginning(pid, opener, errors)


def _become(launch: dict[str, Any], log: int, gate: int, teller: int) -> NoReturn:
    code = NOT_RUNNABLE
    try:
        os.setsid()
        nowhere = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        if os.read(gate, 1) != b"g":  # the shim is gone
            os._exit(NOT_RUNNABLE)
        for stream, file in enumerate((nowhere, log, log)):
            os.dup2(file, stream)
        _forget_signals()
        where = launch["cwd"]
        os.chdir(where)
        where = launch["argv"][0]
        os.execvpe(where, launch["argv"], launch["env"])
    except OSError as error:
        code = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUNNABLE
        text = f"{where[:_TOLD]}: {error.strerror}"  # more than a pipe holds would wait for ever
        os.write(teller, text.encode(errors="replace"))
        os.write(2, f"{text}\n".encode(errors="replace"))
    finally:
        os._exit(code)


def _forget_signals() -> None:
    """Be as a shell would begin a program: nothing blocked, nothing ignored."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGHUP):
        with suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
