"""One run a folder: a lock that dies with its holder, so that no kill leaves it locked."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.files import make_folder


@contextlib.contextmanager
def held(folder: Path, patience: float = 10.0) -> Iterator[None]:
    """Hold a folder (made if missing) for one run.

    Workers of a killed run (see `attend`) die with it, but not in the same instant: they are
    waited for, `patience` seconds at most.

    Raises WorkFailed naming the process that holds it.
    """
    make_folder(folder)
    with _opened(folder / ".lock") as handle:
        if not _locked(handle):
            holder = os.pread(handle, 20, 0).decode().strip() or "unknown"
            raise WorkFailed(
                f"{folder.parent}: another run is writing here (process {holder})",
                hint="wait for it, or choose another output folder",
            )
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        _await_workers(folder, patience)
        yield


def attend(folder: Path) -> int:
    """Say that this worker process writes here as long as it lives; return the open lock."""
    handle = os.open(folder / ".workers", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


def _await_workers(folder: Path, patience: float) -> None:
    until = time.monotonic() + patience
    with _opened(folder / ".workers") as handle:
        while not _locked(handle):
            if time.monotonic() > until:
                raise WorkFailed(
                    f"{folder.parent}: workers of a run that was killed still write here",
                    hint="end them, and run the same command again",
                )
            time.sleep(0.02)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        yield handle
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
