"""One run a folder: a lock that dies with its holder, so that no kill leaves it locked."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.files import make_folder

_GLANCE = 1.0
"""Seconds for which `holder`, that looks whether a folder is held, may keep it from being held."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever holds a folder: its process, since when (UTC, to the second), and its command."""

    pid: int
    since: str = ""
    command: str = ""

    def __str__(self) -> str:
        more = [f"since {self.since}"] * bool(self.since) + [self.command] * bool(self.command)
        return ", ".join([f"process {self.pid or 'unknown'}", *more])


@contextlib.contextmanager
def held(
    folder: Path,
    *,
    wait: float = 0.0,
    told: Callable[[Holder], object] = lambda holder: None,
) -> Iterator[None]:
    """Hold a folder (made if missing) for one run.

    Another run is waited for `wait` seconds at most; `told` is given its holder once.

    Raises WorkFailed naming the process that holds it.
    """
    make_folder(folder)
    with _opened(folder / ".lock") as handle:
        _take(handle, folder, wait, told)
        os.ftruncate(handle, 0)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        mine = {"pid": os.getpid(), "since": now, "command": _command()}
        os.pwrite(handle, f"{json.dumps(mine)}\n".encode(), 0)
        yield


def holder(folder: Path) -> Holder | None:
    """Return who holds a folder now; None when nobody does."""
    try:
        handle = os.open(folder / ".lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(handle)
    finally:
        os.close(handle)
    return None


def _take(handle: int, folder: Path, wait: float, told: Callable[[Holder], object]) -> None:
    until = time.monotonic() + wait
    asked = False
    while not _locked(handle):
        other = _read(handle)
        if time.monotonic() >= until:
            raise WorkFailed(
                f"{folder.parent}: another run is writing here ({other})",
                hint="wait for it, or choose another output folder",
            )
        if not asked:
            asked = True
            told(other)
        time.sleep(0.05)


def _read(handle: int) -> Holder:
    try:
        said = json.loads(os.pread(handle, 4096, 0))
        if isinstance(said, int):  # as earlier versions wrote it
            return Holder(said)
        return Holder(int(said["pid"]), str(said["since"]), str(said["command"]))
    except (ValueError, KeyError, TypeError):
        return Holder(0)


def _command() -> str:
    """Return what this process was started with, in short."""
    program = Path(sys.argv[0])
    name = program.parent.name if program.name == "__main__.py" else program.name
    words = [name or "python", *map(_in_short, sys.argv[1:])]
    return " ".join(words)[:200]


def _in_short(word: str) -> str:
    """Leave out what may be a secret: values, and where addresses lead."""
    return re.sub(r"(=|://).*", r"\1...", word, flags=re.DOTALL)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        yield handle
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    """Take the lock if nobody holds it; onlookers, who share it for an instant, are waited for."""
    until = time.monotonic() + _GLANCE
    while not _lock(handle, fcntl.LOCK_EX):
        if not _lock(handle, fcntl.LOCK_SH) or time.monotonic() >= until:
            return False
        time.sleep(0.001)
    return True


def _lock(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
