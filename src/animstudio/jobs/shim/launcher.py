"""The launcher: a small single-threaded process that forks shims, and does nothing else.

It reads orders, one JSON line each, and answers each with the shim's pid and when it began.
It ends when its socket does; its shims need it no more than they need the daemon.

The shims are forked once, not twice: each has a session of its own, and when the launcher dies
it becomes the child of init, just as after a second fork. Nobody has to take leave of them,
since the launcher ignores SIGCHLD.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
from contextlib import suppress
from typing import Any

from animstudio.jobs.shim.attend import LISTENED, supervise
from animstudio.jobs.shim.folder import started


def main(descriptor: int) -> None:
    """Serve the daemon at the other end of a socket."""
    signal.pthread_sigmask(signal.SIG_BLOCK, LISTENED)  # before any shim is born
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.disable()  # a collection in a shim would copy the pages that all of them share
    gc.freeze()
    rest = b""
    with socket.socket(fileno=descriptor) as daemon:
        while data := daemon.recv(1 << 20):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                _launch(json.loads(line), daemon)


def _launch(order: dict[str, Any], daemon: socket.socket) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _let_go()
            supervise(order)
        finally:
            os._exit(0)
    answer = {"attempt": order["attempt"], "shim": pid, "started": started(pid)}
    with suppress(BrokenPipeError):
        daemon.sendall(json.dumps(answer).encode() + b"\n")


def _let_go() -> None:
    """Close everything of the launcher's, so that the daemon sees it end when it does."""
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
