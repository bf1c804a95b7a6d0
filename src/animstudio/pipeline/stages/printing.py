"""What a function of the user's prints, and what programs print that it calls: into its log."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

_STREAMS = (1, 2)
"""What a process prints to: stdout and stderr."""
_KEPT = 1 << 20
"""Bytes that are kept of the beginning and of the end of a log that is too long."""
_LONGEST = 16 << 20
"""Bytes that one attempt may leave in its log."""


@contextlib.contextmanager
def printing_to(log: Path) -> Iterator[None]:
    """Let this process print into a file meanwhile, added at its end; none is left if it is empty.

    It is one for all threads of the process, and for the programs that they start.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    before = [os.dup(stream) for stream in _STREAMS]
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    begin = os.fstat(file).st_size
    try:
        _flush()
        for stream in _STREAMS:
            os.dup2(file, stream)
        yield
    finally:
        _flush()
        for stream, kept in zip(_STREAMS, before, strict=True):
            os.dup2(kept, stream)
            os.close(kept)
        if not os.fstat(file).st_size:
            log.unlink(missing_ok=True)
        os.close(file)
        shorten(log, begin)


def shorten(log: Path, begin: int) -> None:
    """Cut the middle out of what was added to a log since `begin`, where that is very long."""
    with contextlib.suppress(OSError), log.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        if size - begin <= _LONGEST:
            return
        file.seek(size - _KEPT)
        end = file.read()
        file.truncate(begin + _KEPT)
        file.seek(0, os.SEEK_END)
        file.write(f"\n... {size - begin - 2 * _KEPT:,} bytes are left out ...\n".encode())
        file.write(end)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # it was closed
            stream.flush()
