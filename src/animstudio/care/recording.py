"""CSV files that grow for months: rotated by size, whole after a crash, patient with full disks."""

from __future__ import annotations

import csv
import errno
import io
import os
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

_CHUNK = 1 << 16


class Recorder:
    """Appends rows to a file, each by one write, so that nothing waits in a buffer.

    The file is opened for each row: it may be moved away, and its folder too. A file whose
    header is another one is set aside, and a line that a crash left torn is cut off. A full
    disk costs the rows that do not fit: it is said once, and once more when rows fit again.
    """

    def __init__(
        self,
        path: Path,
        say: Callable[[str], object],
        *,
        header: Sequence[str] = (),
        max_bytes: int,
        keep: int,
    ) -> None:
        self.path = path
        self.skipped = 0
        self._say = say
        self._header = _line(header) if header else b""
        self._max_bytes = max_bytes
        self._keep = keep
        self._checked = False

    def append(self, cells: Sequence[str]) -> bool:
        """Append a row; return whether it stands in the file."""
        try:
            self._write(_line(cells))
        except OSError as error:
            if not self.skipped:
                self._say(f"{self.path}: rows are skipped: {error.strerror}")
            self.skipped += 1
            return False
        if self.skipped:
            self._say(f"{self.path}: recording again; {self.skipped} rows were skipped")
            self.skipped = 0
        return True

    def _write(self, line: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if not self._checked:
            self._mend()
            self._checked = True
        size = self.path.stat().st_size if self.path.exists() else 0
        if size and size + len(line) > self._max_bytes:
            self._set_aside()
            size = 0
        data = line if size else self._header + line
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            if os.write(file, data) < len(data):
                os.ftruncate(file, size)  # half a row is worse than none
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            os.close(file)

    def _mend(self) -> None:
        if not self.path.exists():
            return
        with self.path.open("r+b") as file:
            foreign = file.read(len(self._header)) != self._header
            if not foreign:
                file.truncate(_end_of_last_line(file))
        if foreign:
            self._set_aside()

    def _set_aside(self) -> None:
        """Make room for a new file: ``x.csv`` becomes ``x.1.csv``, that ``x.2.csv``, ..."""
        kept = [self.path, *(self._kept(number) for number in range(1, self._keep + 1))]
        kept[-1].unlink(missing_ok=True)
        for newer, older in reversed(list(pairwise(kept))):
            if newer.exists():
                newer.replace(older)

    def _kept(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.stem}.{number}{self.path.suffix}")


def _end_of_last_line(file: io.BufferedRandom) -> int:
    position = file.seek(0, os.SEEK_END)
    while position > 0:
        start = max(0, position - _CHUNK)
        file.seek(start)
        found = file.read(position - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        position = start
    return 0


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
