"""The door: a socket only its user can open; a request a line, an answer a line."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from animstudio.jobs.daemon.loop import Loop
from animstudio.jobs.wire import LONGEST, SOCKET, encode, refused, same_user, short_name
from animstudio.kernel.errors import AskedWrongly, StudioError
from animstudio.kernel.files import refusal

Reply = Callable[[Any], object]
Handler = Callable[[dict[str, Any], Reply], object]


class Door:
    """Lets commands in."""

    def __init__(self, folder: Path, loop: Loop, handle: Handler) -> None:
        """Open it; who holds the daemon's lock may replace a socket that was left behind."""
        self._loop, self._handle = loop, handle
        self._path = folder / SOCKET
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        before = os.umask(0o177)
        try:
            with short_name(self._path) as name:
                self._socket.bind(name)
        finally:
            os.umask(before)
        self._bound = self._path.stat()
        self._socket.listen(128)
        self._socket.setblocking(False)
        loop.always(self._socket, self._let_in)

    def _let_in(self) -> None:
        try:
            peer, _ = self._socket.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        if same_user(peer):
            _Guest(peer, self._loop, self._handle)
        else:
            peer.close()

    def stands(self) -> bool:
        """Return whether who knocks comes here: the socket may have been removed, or replaced."""
        try:
            return os.path.samestat(self._path.stat(), self._bound)
        except OSError:
            return False

    def close(self) -> None:
        """Let nobody in any more; a socket that another daemon put in its place stays."""
        if self.stands():
            self._path.unlink(missing_ok=True)
        self._socket.close()


class _Guest:
    """One connection; it may ask as often as it likes."""

    def __init__(self, peer: socket.socket, loop: Loop, handle: Handler) -> None:
        self._peer, self._loop, self._handle = peer, loop, handle
        self._in: list[bytes] = []
        self._out = b""
        self._size = 0
        self._gone = False
        peer.setblocking(False)
        loop.always(peer, self._hear)

    def _hear(self) -> None:
        self._flush()
        try:
            data = self._peer.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._size += len(data)
        if not data or self._size > LONGEST:
            self._leave()
            return
        self._in.append(data)
        if b"\n" in data:
            *lines, rest = b"".join(self._in).split(b"\n")
            self._in, self._size = [rest], len(rest)
            for line in lines:
                self._ask(line)

    def _ask(self, line: bytes) -> None:
        try:
            message = json.loads(line)
            if not isinstance(message, dict):
                raise ValueError
            self._handle(message, self._reply)
        except StudioError as error:
            self._send(refused(error))
        except OSError as error:
            self._send(refused(refusal(error)))
        except (ValueError, KeyError, TypeError) as error:
            self._send(refused(AskedWrongly(f"this request makes no sense: {error!r}")))

    def _reply(self, value: Any) -> None:
        self._send({"ok": value})

    def _send(self, message: dict[str, Any]) -> None:
        if not self._gone:
            self._out += encode(message)
            self._flush()

    def _flush(self) -> None:
        try:
            while self._out:
                self._out = self._out[self._peer.send(self._out) :]
        except BlockingIOError:
            pass
        except OSError:
            self._leave()
            return
        self._loop.always(self._peer, self._hear, also_writable=bool(self._out))

    def _leave(self) -> None:
        if not self._gone:
            self._gone = True
            self._out = b""
            self._loop.forget(self._peer)
            self._peer.close()
