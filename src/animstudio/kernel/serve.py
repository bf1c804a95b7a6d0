"""What runs in a worker process (see `workers`): tasks, one after the other."""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import signal
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection

from animstudio.kernel.errors import StudioError, WorkFailed
from animstudio.kernel.files import refusal
from animstudio.kernel.work import OutOfMemory


def serve(pipe: Connection, parent: int, setup: Callable[[], object] | None) -> None:
    """Run tasks until the pipe closes."""
    _die_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    _talk_aside()
    if setup:
        setup()
    while True:
        try:
            function, arguments = pipe.recv()
        except EOFError:
            return
        try:
            value = function(*arguments, lambda message: pipe.send(("said", message)))
            pipe.send(("done", value))
        except Exception as error:  # a bug must cost one task, and be named as one
            pipe.send(("failed", told(error)))


def _talk_aside() -> None:
    """Let what a task prints go where talk goes: stdout belongs to whoever shows results."""
    with contextlib.suppress(OSError, ValueError):  # one of them may be closed
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(line_buffering=True, errors="backslashreplace")
        os.dup2(2, 1)


def told(error: Exception) -> tuple[StudioError, str]:
    """Return what a task raised as an error for people, and its trace for the log."""
    if isinstance(error, StudioError):
        return error, ""
    trace = "".join(traceback.format_exception(error))
    if isinstance(error, MemoryError):
        return OutOfMemory("memory ran out"), trace
    if type(error).__name__ == "OutOfMemoryError":  # torch's, which is no MemoryError
        return OutOfMemory("the graphics card's memory ran out"), trace
    if isinstance(error, OSError):
        return refusal(error), trace
    return WorkFailed(f"unexpected {type(error).__name__}: {error}".strip(" :\n")), trace


def _die_with(parent: int) -> None:
    """Ask Linux to kill this process when its parent ends, however it ends."""
    pr_set_pdeathsig = 1
    try:
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    except (OSError, AttributeError):
        return
    if os.getppid() != parent:
        os._exit(1)
