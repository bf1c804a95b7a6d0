"""Work that goes on after its terminal is closed: detaching, one at a time, clean ends.

The pid file is locked as long as the daemon lives, by the kernel: however it dies, the lock
is gone with it, so a file that was left behind stands in nobody's way.

Source of the double fork: Stevens, Advanced Programming in the UNIX Environment, 13.3.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from animstudio.kernel.errors import BROKEN, OK, AskedWrongly, WorkFailed

_POLL = 0.05
_LOCK_TRIES = 5
"""Who only asks whether a daemon runs holds the lock for an instant; then we try again."""


class PidFile:
    """A pid file that this process holds the lock of."""

    def __init__(self, path: Path) -> None:
        """Take the lock.

        Raises:
            AskedWrongly: another process holds it; names that process.
            WorkFailed: the file cannot be made or locked.
        """
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            for left in reversed(range(_LOCK_TRIES)):
                if (file := _lock(path)) is not None:
                    break
                if left:
                    time.sleep(_POLL)
        except OSError as error:
            raise WorkFailed(f"{path}: cannot be locked: {error.strerror}") from error
        if file is None:
            pid = _read(path)
            who = f"pid {pid}" if pid else "it is just starting"
            raise AskedWrongly(
                f"a monitor is already running here ({who}): {path}",
                hint="ask it with --status, end it with --stop, or name another --log-dir",
            )
        self.descriptor = file
        os.ftruncate(file, 0)

    def write(self, pid: int) -> None:
        """Name the process that holds the lock."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, f"{pid}\n".encode(), 0)

    def remove(self) -> None:
        """Remove the file, and give the lock back."""
        self.path.unlink(missing_ok=True)
        self.leave()

    def leave(self) -> None:
        """Let the lock to the processes that were forked since."""
        os.close(self.descriptor)


def running(path: Path) -> int | None:
    """Return the process that holds a pid file's lock; None when there is none."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except BlockingIOError:
        return _read(path)
    finally:
        os.close(file)


def detach(pid_file: PidFile, work: Callable[[], object]) -> int:
    """Do `work` in a process of its own that no terminal can end; return its pid.

    The lock goes over to that process. Its standard streams are closed.

    Raises:
        WorkFailed: the process could not be begun.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            if os.fork() == 0:
                _serve(pid_file, work, writer)
        finally:
            os._exit(OK)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as answer:
        pid = answer.read()
    pid_file.leave()
    if not pid:
        raise WorkFailed("the monitor could not be started in the background")
    return int(pid)


def _serve(pid_file: PidFile, work: Callable[[], object], started: int) -> None:
    status = BROKEN
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        os.chdir("/")
        _let_go_of_files(keep={pid_file.descriptor, started})
        pid_file.write(os.getpid())
        os.write(started, str(os.getpid()).encode())
        os.close(started)
        work()
        status = OK
    finally:
        with suppress(OSError):
            pid_file.remove()
        os._exit(status)  # what the starting process registered to do at its end is not ours


def _let_go_of_files(keep: set[int]) -> None:
    """Point the standard streams to nowhere, and close what was inherited: others wait on it."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    for entry in list(Path("/proc/self/fd").iterdir()):
        number = int(entry.name)
        if number > 2 and number not in keep:
            with suppress(OSError):
                os.close(number)


def stop(
    path: Path,
    *,
    grace: float = 10.0,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> int | None:
    """End the daemon of a pid file cleanly; return its pid, or None when none is running.

    Raises:
        WorkFailed: it still runs after `grace` seconds.
    """
    pid = running(path)
    if not pid:
        return None
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = clock() + grace
    while running(path) == pid:
        if clock() >= deadline:
            raise WorkFailed(
                f"the monitor (pid {pid}) did not end in {grace:g} s", hint=f"kill -9 {pid}"
            )
        sleep(_POLL)
    return pid


class EndSignals:
    """Waiting that SIGTERM and SIGINT end, at a place where nothing is half done.

    The signals are held back and met only in `wait`, so they never interrupt a write. Use it
    in the main thread, before other threads begin.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self._signals = {signal.SIGTERM, signal.SIGINT}

    def __enter__(self) -> EndSignals:
        self._before = signal.pthread_sigmask(signal.SIG_BLOCK, self._signals)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._before)

    def wait(self, seconds: float) -> bool:
        """Wait; return whether a signal asked to end."""
        if self.received is None:
            found = signal.sigtimedwait(self._signals, max(0.0, seconds))
            self.received = found.si_signo if found else None
        return self.received is not None


def _lock(path: Path) -> int | None:
    """Return the locked file, or None while another process holds it."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with suppress(FileNotFoundError):
                if path.stat().st_ino == os.fstat(file).st_ino:
                    return file
        except BlockingIOError:
            os.close(file)
            return None
        os.close(file)  # its owner removed it while we locked it: there is a new one, or none


def _read(path: Path) -> int | None:
    with suppress(OSError, ValueError):
        return int(path.read_text())
    return None
