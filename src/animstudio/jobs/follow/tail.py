"""Reading a log as it grows, by offset: nothing stays open, and nothing is read twice.

A log may be gigabytes when it is first looked at, may hold binary rubbish, may be cut to
nothing or moved away under its writer. Bars end in a carriage return or, the last one, in
nothing: what stands after the last line end is given as the unfinished line.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

AT_ONCE = 1 << 18
"""Bytes read at one look. A log that is further ahead is read from so far before its end."""
_HEAD = 1 << 16
"""Bytes at the beginning of a long log that are read all the same: scripts announce there."""
_LONGEST = 4096
"""Characters of a line that are looked at."""
_ENDS = re.compile(rb"[\r\n]+")
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[()][A-Z0-9])|[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass
class Tail:
    """One log. `offset` is where the next look begins, `inode` which file that is of.

    skipped: bytes that were passed over because there were too many.
    """

    path: Path
    offset: int = 0
    inode: int = 0
    skipped: int = 0
    _unfinished: bytes = field(default=b"", repr=False)

    def lines(self) -> Iterator[str]:
        """Yield the lines that were ended since the last look."""
        try:
            file = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return
        try:
            there = os.fstat(file)
            if not stat.S_ISREG(there.st_mode):
                return
            if self.inode and there.st_ino != self.inode:
                yield from self._rest_of_moved()
                self._begin_anew()
            elif there.st_size < self.offset:
                self._begin_anew()
            self.inode = there.st_ino
            yield from self._read(file, there.st_size)
        finally:
            os.close(file)

    @property
    def unfinished(self) -> str:
        """What stands after the last line end."""
        return _text(self._unfinished)

    def mark(self) -> tuple[int, int]:
        """Return (inode, offset) to go on from in another process."""
        return self.inode, self.offset - len(self._unfinished)

    def _begin_anew(self) -> None:
        self.offset, self._unfinished = 0, b""

    def _rest_of_moved(self) -> Iterator[str]:
        """Read on in ``name.1``, where the log went that this one took the place of."""
        moved = self.path.with_name(f"{self.path.name}.1")
        try:
            with moved.open("rb") as file:
                there = os.fstat(file.fileno())
                if there.st_ino == self.inode:
                    yield from self._read(file.fileno(), there.st_size)
        except OSError:
            return

    def _read(self, file: int, size: int) -> Iterator[str]:
        if size - self.offset > AT_ONCE:
            if self.offset == 0:
                yield from self._split(os.pread(file, _HEAD, 0))
                self.offset = _HEAD
            skip = size - AT_ONCE - self.offset
            self.skipped += skip
            self.offset += skip
            self._unfinished = b""
        data = os.pread(file, AT_ONCE, self.offset)
        self.offset += len(data)
        yield from self._split(data)

    def _split(self, data: bytes) -> Iterator[str]:
        *whole, last = _ENDS.split(self._unfinished + data)
        for line in whole:
            if line:
                yield _text(line)
        self._unfinished = last[-_LONGEST:]


def _text(line: bytes) -> str:
    return _ESCAPES.sub("", line[:_LONGEST].decode("utf-8", "replace"))
