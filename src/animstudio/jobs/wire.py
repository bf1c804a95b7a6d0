"""How commands and the daemon talk: one JSON line each way, over a socket of the state folder."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from animstudio.kernel.errors import AskedWrongly, StudioError, WorkFailed

SOCKET, LOCK, LOG = "socket", "daemon.lock", "daemon.log"
LONGEST = 256 << 20
"""Bytes of one line: a batch of a hundred thousand jobs fits."""


def home(state: Path) -> Path:
    """Return the queue's folder."""
    return state / "jobs"


@contextmanager
def short_name(path: Path) -> Iterator[str]:
    """Give a socket's path a name that fits the 107 bytes which a socket's name may have."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def encode(message: object) -> bytes:
    """Return a message as its line."""
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def refused(error: StudioError) -> dict[str, Any]:
    """Return an error as a message."""
    kind = "asked" if isinstance(error, AskedWrongly) else "failed"
    return {"error": {"kind": kind, "message": error.message, "hint": error.hint}}


def unpacked(message: dict[str, Any]) -> Any:
    """Return what was answered. Raises the error that was answered instead."""
    if error := message.get("error"):
        kind = AskedWrongly if error["kind"] == "asked" else WorkFailed
        raise kind(error["message"], hint=error["hint"])
    return message.get("ok")


def same_user(peer: socket.socket) -> bool:
    """Return whether this user, or root, is at the other end."""
    import struct

    found = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return struct.unpack("3i", found)[1] in (os.getuid(), 0)
