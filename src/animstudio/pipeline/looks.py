"""What lies on the disk: the content of inputs, and whether outputs are as they were left.

A file is read only when it does not look as it did when its content was last known. Ten
thousand items are ten thousand looks, some microseconds each, so everything here works on
plain strings and on tables that were read whole.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from animstudio.kernel.digests import DigestCache, Identity
from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.files import sha256
from animstudio.kernel.work import Known
from animstudio.pipeline.journal import Journal
from animstudio.pipeline.record import Output, Record, Stamp, digest_of

_FINE, _COARSE = 20_000_000, 2_000_000_000
"""Nanoseconds after which a file's time tells versions apart: a kernel's tick, and FAT's clock."""


_LARGE = 1 << 20
"""Bytes from which on reading a file in a thread is worth the trouble."""
_THREADS = 4
"""Files read at once: more than that only makes a disk seek."""


class Seen(NamedTuple):
    """An input's content, and what it looked like before that was read."""

    digest: str
    looks: str


class Looks:
    """The disk as a run sees it. `cache` is None where nothing may be written."""

    def __init__(self, root: Path, journal: Journal, cache: DigestCache | None) -> None:
        self.root = root
        self._prefix = f"{root}{os.sep}"
        self._journal, self._cache = journal, cache
        self._known = cache.everything() if cache else {}
        self._placed: dict[str, Output] | None = None
        self._grain: int | None = None
        self._met: dict[str, str] = {}
        self.restamped: list[Record] = []
        """Records whose outputs were read and found unharmed: their stamps are new."""

    def input(self, path: Path) -> Seen:
        """Return the content of a file or of everything in a folder. Raises WorkFailed."""
        text = os.fspath(path)
        try:
            seen = os.stat(text)
            known = self._known.get(text)
            if known and known[0] == _marks(seen):
                return self._once(text, Seen(known[1], known[0]))
            if not stat.S_ISDIR(seen.st_mode):
                return self._file(text, seen)
            parts = [(p, self._file(p, os.stat(p))) for p in _files_in(text)]
        except OSError as error:
            raise WorkFailed(f"{path}: {error.strerror}") from error
        start = len(text) + 1
        digest = digest_of([[p[start:], s.digest] for p, s in parts])
        return Seen(digest, digest_of([[p[start:], s.looks] for p, s in parts]))

    def sight(self, path: Path) -> Seen:
        """Return what a file looks like in place of its content. Raises WorkFailed.

        One that was changed this moment looks the same after a further change: next time it
        counts as another.
        """
        try:
            seen = Identity.of(path)
        except OSError as error:
            raise WorkFailed(f"{path}: {error.strerror}") from error
        return Seen(seen.marks if seen.settled else f"{seen.marks}, young", seen.marks)

    def know(self, known: Known) -> None:
        """Take in what work found a file's content to be."""
        self._met.setdefault(known.path, known.digest)
        self._keep(known.path, known.digest, Identity(known.marks, known.settled))

    def looks(self, path: Path) -> str:
        """Return what an input looks like now, to be compared with what was `Seen`."""
        text = os.fspath(path)
        try:
            seen = os.stat(text)
            if not stat.S_ISDIR(seen.st_mode):
                return _marks(seen)
            start = len(text) + 1
            return digest_of([[p[start:], _marks(os.stat(p))] for p in _files_in(text)])
        except OSError:
            return ""

    def _file(self, path: str, seen: os.stat_result) -> Seen:
        return self._once(path, self._content(path, seen))

    def _once(self, path: str, found: Seen) -> Seen:
        """Return what was found of a file; raises WorkFailed where it was otherwise before."""
        ours = path.startswith(self._prefix)
        if not ours and self._met.setdefault(path, found.digest) != found.digest:
            raise WorkFailed(f"{path}: it was changed while it was worked on")
        return found

    def _content(self, path: str, seen: os.stat_result) -> Seen:
        looks = _marks(seen)
        known = self._known.get(path)
        if known and known[0] == looks:
            return Seen(known[1], looks)
        if path.startswith(self._prefix):
            placed = self._outputs().get(path)
            if placed and placed.stamp == Stamp.of(seen):
                return Seen(placed.sha256, looks)
        return self._read(path, Identity.seen(seen))

    def _read(self, path: str, before: Identity) -> Seen:
        digest = sha256(path)
        self._keep(path, digest, before)
        return Seen(digest, before.marks)

    def _keep(self, path: str, digest: str, before: Identity) -> None:
        if before.settled and before.holds(path):
            self._known[path] = (before.marks, digest)
            if self._cache:
                self._cache.keep(path, digest, before.marks)

    def read_ahead(self, paths: Iterable[Path]) -> None:
        """Read large files that were never seen, several at once; `input` then knows them."""
        waiting: dict[str, Identity] = {}
        texts = list(map(os.fspath, paths))
        if len(texts) < 2:  # nothing to read it beside
            return
        for text in texts:
            if text in self._known or text in waiting or text.startswith(self._prefix):
                continue
            with contextlib.suppress(OSError):  # `input` will say so
                seen = os.stat(text)
                before = Identity.seen(seen)
                if stat.S_ISREG(seen.st_mode) and seen.st_size >= _LARGE and before.settled:
                    waiting[text] = before
        if len(waiting) > 1:
            with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
                for text, digest in zip(waiting, pool.map(_digest, waiting), strict=True):
                    if digest:
                        self._keep(text, digest, waiting[text])

    def _outputs(self) -> dict[str, Output]:
        if self._placed is None:
            self._placed = {}
            for record in self._journal.records.values():
                self.placed(record)
        return self._placed

    def placed(self, record: Record) -> None:
        """Take note of what was just put in its place: nobody has to read it again."""
        if self._placed is not None:
            for output in record.outputs:
                self._placed[self._prefix + output.path] = output

    def harm(self, record: Record) -> str:
        """Say what is wrong with an item's outputs; empty when they are as they were left."""
        look, prefix, fresh = os.stat, self._prefix, False
        for number, output in enumerate(record.outputs):
            if output.passing and record.dropped:
                continue
            path = prefix + output.path
            try:
                seen = look(path)
            except OSError:
                if self._drafted(output):
                    continue
                return f"{output.path} is missing"
            if output.stamp is not None and output.stamp == Stamp.of(seen):
                continue
            same = seen.st_size == output.size and os.path.isfile(path)
            if not (same and sha256(path) == output.sha256):
                if self._drafted(output):
                    continue
                return f"{output.path} was changed"
            record.outputs = list(record.outputs)
            record.outputs[number] = output._replace(stamp=self.stamp(path))
            fresh = True
        if fresh:
            self.restamped.append(record)
        return ""

    def _drafted(self, output: Output) -> bool:
        """Say whether a draft waits that a run will put in its place first of all."""
        for intent in self._journal.late:
            for planned, draft in zip(intent.record.outputs, intent.drafts, strict=False):
                if planned.path == output.path and planned.sha256 == output.sha256:
                    return os.path.isfile(draft) and sha256(draft) == output.sha256
        return False

    def stamp(self, path: str, draft: Stamp | None = None) -> Stamp | None:
        """Return a file's stamp, unless it is so young that a later version could look the same.

        `draft` is what it looked like when its content was read: another file has no stamp.
        """
        seen = Stamp.of(os.stat(path))
        if draft and draft[:3] != seen[:3]:  # a rename changes the last of them only
            return None
        return seen if time.time_ns() - seen.modified >= self.grain() else None

    def let_ripen(self) -> None:
        """Wait until the youngest file has a stamp, where that is a moment: a kernel's tick.

        Without a stamp it would be read again, and it may be large.
        """
        if self.grain() == _FINE:
            time.sleep(_FINE / 1e9)

    def grain(self) -> int:
        """Return after how many nanoseconds a file's time tells its versions apart."""
        if self._grain is None:
            try:
                with tempfile.TemporaryFile(dir=self.root) as probe:
                    times = os.fstat(probe.fileno()).st_mtime_ns
                self._grain = _FINE if times % 1_000_000 else _COARSE
            except OSError:
                self._grain = _COARSE
        return self._grain


def _digest(path: str) -> str:
    """Return a file's digest; empty for one that cannot be read."""
    try:
        return sha256(path)
    except OSError:
        return ""


def _marks(seen: os.stat_result) -> str:
    """Return a file's identity as `kernel.digests` writes it."""
    return (f"{seen.st_dev}:{seen.st_ino}:{seen.st_size}:"
            f"{seen.st_mtime_ns}:{seen.st_ctime_ns}")  # fmt: skip


def _files_in(folder: str) -> Iterator[str]:
    """Yield every file below a folder, sorted; what begins with a dot is nobody's input."""
    for entry in sorted(os.scandir(folder), key=lambda e: e.name):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _files_in(entry.path)
        else:
            yield entry.path
