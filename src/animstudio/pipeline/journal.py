"""The journal: which items stand, made from what, at what cost. One SQLite file, one writer.

It is read whole when a run or a plan begins: ten thousand items are tens of milliseconds, and
everything after that is a look into a table in memory. It holds nothing that the manifests do
not hold as well, but for the looks of files (`Stamp`), failures and costs; one that is lost or
harmed is built anew from them, and outputs are then believed only after they were read.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import itertools
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.files import refusal
from animstudio.kernel.work import FailureKind
from animstudio.pipeline.manifests import Dropped, Forgotten, Intent, Line, Manifests, Named
from animstudio.pipeline.record import Record, StageKey

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS keys (digest TEXT PRIMARY KEY, detail TEXT);
CREATE TABLE IF NOT EXISTS items (
  stage TEXT, item TEXT, dropped INTEGER, body TEXT, PRIMARY KEY (stage, item)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS failures (
  stage TEXT, item TEXT, key TEXT, kind TEXT, reason TEXT, log TEXT, run TEXT, at TEXT,
  PRIMARY KEY (stage, item)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS parts (
  stage TEXT, label TEXT, key TEXT, items TEXT, PRIMARY KEY (stage, label)) WITHOUT ROWID;
"""
_VERSION = 1
_WORTH = 1 << 20
"""Bytes of log that are worth the trouble of writing it anew."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An item that was set aside, and what it was to be made from then."""

    stage: str
    item: str
    key: str
    kind: FailureKind
    reason: str
    log: str = ""
    run: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Unfolded:
    """The items that a part of a stage came to, and what that depended on."""

    stage: str
    label: str
    key: str
    items: Sequence[str]


@dataclass(slots=True)
class Cost:
    """What a stage's items cost so far."""

    items: int = 0
    seconds: float = 0.0
    bytes: int = 0
    peak: int = 0

    def add(self, record: Record) -> None:
        """Count an item."""
        self.items += 1
        self.seconds += record.seconds
        self.bytes += record.bytes
        self.peak = max(self.peak, record.peak)


@dataclass(slots=True)
class Journal:
    """What is known of an output folder; `base` is None for a plan, which writes nothing."""

    manifests: Manifests
    base: sqlite3.Connection | None
    records: dict[tuple[str, str], Record] = field(default_factory=dict)
    keys: dict[str, StageKey] = field(default_factory=dict)
    failures: dict[tuple[str, str], Failure] = field(default_factory=dict)
    parts: dict[tuple[str, str], Unfolded] = field(default_factory=dict)
    late: list[Intent] = field(default_factory=list)
    """What was logged and has no row: a crash came between."""
    former: dict[tuple[str, str], Record] = field(default_factory=dict)
    """What stood before those."""
    rebuilt: str = ""
    """Why the journal had to be built from the manifests."""
    offset: int = 0

    @classmethod
    def open(cls, home: Path, *, write: bool) -> Journal:
        """Read the journal of a checkpoint folder, and what the log has beyond it.

        With `write`, what is missing is written; whoever asks for that holds the folder.
        Raises WorkFailed where the folder cannot be written.
        """
        path, manifests = home / "journal.sqlite", Manifests(home / "manifests.jsonl")
        journal = cls(manifests, None)
        try:
            journal._load(path, write)
        except (sqlite3.Error, ValueError, TypeError) as error:
            journal.close()
            if isinstance(error, sqlite3.Error) and _outside(error):
                raise _translated(error) from error
            journal = cls(manifests, None, rebuilt=str(error))
            if write:
                _remove(path)
                try:
                    journal.base = _connect(path)
                except sqlite3.Error as fresh:
                    raise _translated(fresh) from fresh
        except OSError as error:
            raise refusal(error) from error
        journal._catch_up()
        return journal

    def _load(self, path: Path, write: bool) -> None:
        if not path.exists() and self.manifests.length:
            self.rebuilt = "it is missing"
        if not write and not path.exists():
            return
        if write:
            path.parent.mkdir(parents=True, exist_ok=True)
        self.base = base = _connect(path) if write else _connect_to_read(path)
        facts = dict(base.execute("SELECT name, value FROM facts"))
        self.offset = int(facts.get("offset", 0))
        for digest, detail in base.execute("SELECT digest, detail FROM keys"):
            self.keys[digest] = StageKey.from_json(detail)
        self._load_items(base)
        for row in base.execute("SELECT * FROM failures"):
            self.failures[row[0], row[1]] = Failure(*row)
        for stage, label, key, items in base.execute("SELECT * FROM parts"):
            self.parts[stage, label] = Unfolded(stage, label, key, json.loads(items))
        if not write:
            base.close()
            self.base = None
        if self.offset > self.manifests.length:  # the log was deleted or cut: the rows stand
            self.offset = self.manifests.length
            if write:
                self._write_log()

    def _load_items(self, base: sqlite3.Connection) -> None:
        """Read all rows as one JSON text: a parser that is called once is twice as fast."""
        rows = base.execute("SELECT dropped, body FROM items").fetchall()
        with no_sweeps():
            bodies = json.loads(f"[{','.join(body for _, body in rows)}]")
            for (dropped, _), fields in zip(rows, bodies, strict=True):
                record = Record.from_fields(fields)
                record.dropped = bool(dropped)
                self.records[record.stage, record.item] = record

    def _catch_up(self) -> None:
        """Take in what was logged after the last row. Its outputs have no stamps: see `Output`."""
        known = self.offset
        for line in self.manifests.lines(known):
            match line:
                case Named(digest, key):
                    self.keys[digest] = key
                case Intent(record):
                    record.adopted = not self.rebuilt
                    if before := self.records.get((record.stage, record.item)):
                        self.former[record.stage, record.item] = before
                    self.records[record.stage, record.item] = record
                    self.late.append(line)
                case Forgotten(stage, item):
                    self.records.pop((stage, item), None)
                case Dropped(stage, item):
                    if found := self.records.get((stage, item)):
                        found.dropped = True

    def settle(self) -> None:
        """Write the rows of what was logged late; call it when its drafts have their places."""
        if self.late or self.offset != self.manifests.length:
            late = {(intent.record.stage, intent.record.item) for intent in self.late}
            with self._writing() as base:
                base.executemany(
                    "INSERT OR REPLACE INTO keys VALUES (?, ?)",
                    [(digest, key.as_json()) for digest, key in self.keys.items()],
                )
                for stage, item in base.execute("SELECT stage, item FROM items").fetchall():
                    if (stage, item) not in self.records:
                        base.execute("DELETE FROM items WHERE stage=? AND item=?", (stage, item))
                rows = [r for k, r in self.records.items() if k in late or r.dropped]
                self._put(base, rows)
                self._note_offset(base, self.manifests.length)
        self.late.clear()
        self.former.clear()

    def log(self, intents: Sequence[Intent]) -> None:
        """Promise commits: written and synced before anything of them is published."""
        fresh = {i.record.stage_key for i in intents}
        names = [Named(digest, self.keys[digest]) for digest in fresh if digest in self._new]
        self.offset = self.manifests.append([*names, *intents])

    def commit(self, records: Sequence[Record], stamped: Sequence[Record] = ()) -> None:
        """Write the rows of what was published, and of what only looks another way."""
        names = {record.stage_key for record in records} & self._new
        with self._writing() as base:
            base.executemany(
                "INSERT OR REPLACE INTO keys VALUES (?, ?)",
                [(digest, self.keys[digest].as_json()) for digest in names],
            )
            self._put(base, [*records, *stamped])
            for record in records:
                if self.failures.pop((record.stage, record.item), None):
                    base.execute(
                        "DELETE FROM failures WHERE stage=? AND item=?", (record.stage, record.item)
                    )
            if records:
                self._note_offset(base, self.offset)
        self._new -= names
        for record in records:
            self.records[record.stage, record.item] = record

    _new: set[str] = field(default_factory=set)

    def name(self, digest: str, key: StageKey) -> None:
        """Keep what a stage key's digest stands for."""
        if digest not in self.keys:
            self.keys[digest] = key
            self._new.add(digest)

    def fail(self, failure: Failure) -> None:
        """Keep why an item was set aside."""
        self.failures[failure.stage, failure.item] = failure
        with self._writing() as base:
            base.execute(
                "INSERT OR REPLACE INTO failures VALUES (?,?,?,?,?,?,?,?)",
                (failure.stage, failure.item, failure.key, failure.kind, failure.reason,
                 failure.log, failure.run, failure.at),
            )  # fmt: skip

    def drop(self, records: Sequence[Record]) -> None:
        """Say that the outputs of these were removed, and that they count as done."""
        self.offset = self.manifests.append([Dropped(r.stage, r.item) for r in records])
        for record in records:
            record.dropped = True
        with self._writing() as base:
            self._put(base, records)
            self._note_offset(base, self.offset)

    def forget(self, records: Sequence[Record]) -> None:
        """Let items count as not made."""
        self.offset = self.manifests.append([Forgotten(r.stage, r.item) for r in records])
        with self._writing() as base:
            for record in records:
                self.records.pop((record.stage, record.item), None)
                base.execute(
                    "DELETE FROM items WHERE stage=? AND item=?", (record.stage, record.item)
                )
            self._note_offset(base, self.offset)

    def unfolded(self, part: Unfolded) -> None:
        """Keep which items a part of a stage came to."""
        self.parts[part.stage, part.label] = part
        with self._writing() as base:
            base.execute(
                "INSERT OR REPLACE INTO parts VALUES (?,?,?,?)",
                (part.stage, part.label, part.key, json.dumps(list(part.items))),
            )

    def compact(self) -> None:
        """Write the log anew when most of it tells of items that were made again since."""
        made = len(self.records)
        if self.base is None or not made or self.manifests.length < _WORTH:
            return
        sample = list(itertools.islice(self.records.values(), 100))
        line = sum(len(record.as_json()) for record in sample) / len(sample)
        if self.manifests.length < 4 * line * made:
            return
        self._write_log()

    def _write_log(self) -> None:
        """Write the log anew, from what is known."""
        used = {record.stage_key for record in self.records.values()}
        lines: list[Line] = [Named(d, k) for d, k in self.keys.items() if d in used]
        lines += [Intent(record, ()) for record in self.records.values()]
        lines += [Dropped(r.stage, r.item) for r in self.records.values() if r.dropped]
        with self._writing() as base:
            self._note_offset(base, 0)  # a crash here reads the whole log again, old or new
        self.offset = self.manifests.rewrite(lines)
        with self._writing() as base:
            self._note_offset(base, self.offset)

    def cost(self, stage: str) -> Cost:
        """Return what a stage's items cost so far."""
        if not self._costs:
            for record in self.records.values():
                self._costs.setdefault(record.stage, Cost()).add(record)
        return self._costs.setdefault(stage, Cost())

    _costs: dict[str, Cost] = field(default_factory=dict)

    def close(self) -> None:
        """Close the files."""
        self.manifests.close()
        if self.base is not None:
            self.base.close()
            self.base = None

    def _put(self, base: sqlite3.Connection, records: Iterable[Record]) -> None:
        base.executemany(
            "INSERT OR REPLACE INTO items VALUES (?,?,?,?)",
            [(r.stage, r.item, int(r.dropped), r.as_json()) for r in records],
        )

    def _note_offset(self, base: sqlite3.Connection, offset: int) -> None:
        base.execute("INSERT OR REPLACE INTO facts VALUES ('offset', ?)", (str(offset),))

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction. Raises OutOfRoom on a full disk."""
        if self.base is None:
            raise ValueError("a plan writes nothing")
        try:
            self.base.execute("BEGIN IMMEDIATE")
            yield self.base
            self.base.execute("COMMIT")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                self.base.execute("ROLLBACK")
            raise _translated(error) from error
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self.base.execute("ROLLBACK")
            raise


@contextlib.contextmanager
def no_sweeps() -> Iterator[None]:
    """Make many objects that all live on: looking through them for garbage costs half the time."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def _connect(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path, isolation_level=None)
    try:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = FULL")
        found = int(base.execute("PRAGMA user_version").fetchone()[0])
        if found not in (0, _VERSION):
            raise ValueError(f"a journal of another version ({found})")
        base.executescript(_SCHEMA)
        base.execute(f"PRAGMA user_version = {_VERSION}")
    except (sqlite3.Error, ValueError):
        base.close()
        raise
    return base


def _connect_to_read(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
_OUTSIDE = (*_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED,
            sqlite3.SQLITE_PERM)  # fmt: skip


def _outside(error: sqlite3.Error) -> bool:
    """Say whether the disk or another process is at fault: then the journal is as good as ever."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _OUTSIDE


def _translated(error: sqlite3.Error) -> Exception:
    """Return what SQLite could not do as an error for people; a full disk has several names."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _FULL:
        return refusal(OSError(errno.ENOSPC, "no room", "the journal"))
    return WorkFailed(f"the journal: {error}") if _outside(error) else error
