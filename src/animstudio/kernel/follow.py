"""Reading an event log, also while others write it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from animstudio.kernel.events import Event

_CHUNK = 1 << 16


def parse(line: bytes | str) -> Event | None:
    """Return the event of one line; None for a torn or blank one.

    A kind that this version does not know, or whose fields were others then, is read as a
    plain `Event` that keeps its fields.
    """
    try:
        fields = json.loads(line)
        kind = Event.kinds.get(str(fields["type"]), Event)
    except (ValueError, KeyError, TypeError):
        return None
    for known in (kind, Event):
        with suppress(ValidationError):
            return known.model_validate(fields)
    return None


def read(path: Path) -> list[Event]:
    """Return the events in a file, oldest first; none where there is no file yet."""
    reader = _Reader(path, 0)
    try:
        return list(reader.new())
    finally:
        reader.close()


class Stop(Protocol):
    """When following ends; a ``threading.Event`` is one."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set or the time is over; return whether it is set."""


def follow(
    path: Path, *, from_start: bool = True, stop: Stop | None = None, poll: float = 0.2
) -> Iterator[Event]:
    """Yield each event of a file once, in order, and wait for more, until `stop` is set.

    The file may not exist yet, and may be replaced. When `stop` is set, what already stands
    in the file is still delivered. Without `from_start`, only events written after this call.
    `poll` is how many seconds pass between looks.
    """
    reader = _Reader(path, 0 if from_start else _end_of_last_line(path))
    return _follow(reader, stop or threading.Event(), poll)


def _follow(reader: _Reader, stop: Stop, poll: float) -> Iterator[Event]:
    try:
        while True:
            last_look = stop.wait(0)  # asked before looking: nothing written until then is lost
            yield from reader.new()
            if last_look:
                return
            stop.wait(poll)
    finally:
        reader.close()


class _Reader:
    """Reads whole lines from where it stopped; opens the file when there is one."""

    def __init__(self, path: Path, start: int) -> None:
        self._path = path
        self._position = start
        self._rest = b""
        self._file: int | None = None

    def new(self) -> Iterator[Event]:
        """Yield the events that were written since."""
        while True:
            replaced = self._replaced()  # asked before reading, so the old file is read to its end
            if self._file is None:
                with suppress(FileNotFoundError):
                    self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            if self._file is None:
                return
            yield from self._lines(self._file)
            if not replaced:
                return
            self.close()
            self._position, self._rest = 0, b""

    def _lines(self, file: int) -> Iterator[Event]:
        while chunk := os.pread(file, _CHUNK, self._position):
            self._position += len(chunk)
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            for line in lines:
                if event := parse(line):
                    yield event

    def _replaced(self) -> bool:
        if self._file is None:
            return False
        ours = os.fstat(self._file)
        if ours.st_size < self._position:
            return True
        with suppress(FileNotFoundError):
            now = self._path.stat()
            return (now.st_dev, now.st_ino) != (ours.st_dev, ours.st_ino)
        return False

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _end_of_last_line(path: Path) -> int:
    """Return the offset after the last whole line: one that is being written is yet to come."""
    try:
        with path.open("rb") as file:
            position = file.seek(0, os.SEEK_END)
            while position > 0:
                start = max(0, position - _CHUNK)
                file.seek(start)
                found = file.read(position - start).rfind(b"\n")
                if found >= 0:
                    return start + found + 1
                position = start
    except FileNotFoundError:
        pass
    return 0
