"""The manifests of a pipeline: a log to which every commit is written before it is published.

A line says what an item is about to be, and where its drafts lie. It is synced first; then the
drafts are renamed to their places, and the journal gets its row. So after a kill at any instant
a commit is either not in the log, and never was; or it can be carried to its end from the log.
One synced append serves many commits, where a file for each would cost a sync and a folder's
sync apiece.

A line begins with its checksum: one that a crash has torn, or a disk has eaten, counts as not
written, and costs its own item only.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from animstudio.kernel.files import make_folder, sync_folder, write_atomic
from animstudio.pipeline.record import Record, StageKey


@dataclass(frozen=True, slots=True)
class Intent:
    """A commit as it was logged: the record, and the draft of each output."""

    record: Record
    drafts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """An item that was let go: it counts as not made."""

    stage: str
    item: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """An item whose outputs were removed, since everything that uses them was made."""

    stage: str
    item: str


@dataclass(frozen=True, slots=True)
class Named:
    """A stage key by its digest, which records refer to."""

    digest: str
    key: StageKey


Line = Intent | Forgotten | Dropped | Named


class Manifests:
    """The log of one output folder. Whoever appends holds the folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def append(self, lines: Sequence[Line]) -> int:
        """Write lines and sync them; return the log's length then. Raises OSError."""
        data = b"".join(_encoded(line) for line in lines)
        file = self._open()
        begin = os.fstat(file).st_size
        if begin and os.pread(file, 1, begin - 1) != b"\n":
            data = b"\n" + data  # a crash tore the last line
        try:
            written = 0
            while written < len(data):
                written += os.write(file, data[written:])
            os.fdatasync(file)
        except OSError:
            os.ftruncate(file, begin)  # a full disk leaves no half of a promise
            raise
        return begin + len(data)

    def lines(self, offset: int = 0) -> Iterator[Line]:
        """Yield what was logged from an offset on."""
        try:
            with self.path.open("rb") as file:
                file.seek(offset)
                for line in file:
                    if found := _decoded(line):
                        yield found
        except FileNotFoundError:
            return

    @property
    def length(self) -> int:
        """Bytes in the log."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def rewrite(self, lines: Sequence[Line]) -> int:
        """Replace the log by what still counts; return its length."""
        self.close()
        write_atomic(self.path, b"".join(_encoded(line) for line in lines))
        return self.length

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> int:
        if self._file is None:
            new = not self.path.exists()
            make_folder(self.path.parent)
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            self._file = os.open(self.path, flags, 0o644)
            if new:
                sync_folder(self.path.parent)
        return self._file


def _encoded(line: Line) -> bytes:
    match line:
        case Intent(record, drafts):
            text = f"I[{record.as_json()},{json.dumps(list(drafts), ensure_ascii=False)}]"
        case Forgotten(stage, item):
            text = "F" + json.dumps([stage, item], ensure_ascii=False)
        case Dropped(stage, item):
            text = "D" + json.dumps([stage, item], ensure_ascii=False)
        case Named(digest, key):
            text = f"N[{json.dumps(digest)},{key.as_json()}]"
    data = text.encode()
    return f"{zlib.crc32(data):08x} ".encode() + data + b"\n"


def _decoded(line: bytes) -> Line | None:
    data = line[9:].rstrip(b"\n")
    try:
        if int(line[:8], 16) != zlib.crc32(data):
            return None
        fields: list[Any] = json.loads(data[1:])
    except ValueError:
        return None
    match data[:1]:
        case b"I":
            return Intent(Record.from_fields(fields[0]), fields[1])
        case b"F":
            return Forgotten(*fields)
        case b"D":
            return Dropped(*fields)
        case b"N":
            return Named(fields[0], StageKey(*fields[1]))
    return None
