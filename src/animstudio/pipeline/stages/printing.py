"""What a function of the user's prints, and what programs print that it calls: into its log."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

_STREAMS = (1, 2)
"""What a process prints to: stdout and stderr."""


@contextlib.contextmanager
def printing_to(log: Path) -> Iterator[None]:
    """Let this process print into a file meanwhile, added at its end; none is left if it is empty.

    It is one for all threads of the process, and for the programs that they start.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    before = [os.dup(stream) for stream in _STREAMS]
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
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


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # it was closed
            stream.flush()
