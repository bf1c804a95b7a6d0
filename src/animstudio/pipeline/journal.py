"""The journal: which items stand, made from what, at what cost. One SQLite file, one writer.

It is read whole when a run or a plan begins: ten thousand items are tens of milliseconds, and
everything after that is a look into a table in memory. It holds nothing that the manifests do
not hold as well, but for the looks of files (`Stamp`), failures and costs; one that is lost or
harmed is built anew from them, and outputs are then believed only after they were read.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from animstudio.kernel.files import refusal
from animstudio.pipeline import journal_file as file
from animstudio.pipeline.compaction import is_mostly_old, lines_of
from animstudio.pipeline.entries import Cost, Failure, Unfolded
from animstudio.pipeline.manifests import Dropped, Forgotten, Intent, Manifests, Named
from animstudio.pipeline.record import Record, StageKey
from animstudio.pipeline.sweeps import no_sweeps


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
    leaving: list[tuple[str, str]] = field(default_factory=list)
    """Items whose outputs were being removed when somebody last wrote: some may still be there."""
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
            if isinstance(error, sqlite3.Error) and file.outside(error):
                raise file.translated(error) from error
            journal = cls(manifests, None, rebuilt=str(error))
            if write:
                file.remove(path)
                try:
                    journal.base = file.connect(path)
                except sqlite3.Error as fresh:
                    raise file.translated(fresh) from fresh
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
        self.base = base = file.connect(path) if write else file.connect_to_read(path)
        facts = dict(base.execute("SELECT name, value FROM facts"))
        self.offset = int(facts.get("offset", 0))
        self.leaving = [(stage, item) for stage, item in json.loads(facts.get("leaving", "[]"))]
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
                        self.leaving.append((stage, item))

    def settle(self) -> None:
        """Write the rows of what was logged late; call it when its drafts have their places."""
        if self.late or self.offset != self.manifests.length:
            late = {(intent.record.stage, intent.record.item) for intent in self.late}
            with file.writing(self.base) as base:
                file.put_keys(base, self.keys.items())
                rows = base.execute("SELECT stage, item FROM items").fetchall()
                file.delete_items(base, [row for row in rows if row not in self.records])
                changed = [r for k, r in self.records.items() if k in late or r.dropped]
                file.put_items(base, changed)
                self.offset = self.manifests.length
                file.put_fact(base, "offset", str(self.offset))
        self.late.clear()
        self.former.clear()

    def log(self, intents: Sequence[Intent]) -> None:
        """Promise commits: written and synced before anything of them is published."""
        fresh = {i.record.stage_key for i in intents}
        names = [Named(digest, self.keys[digest]) for digest in fresh if digest in self._new]
        self.offset = self.manifests.append([*names, *intents])

    def commit(self, records: Sequence[Record], stamped: Sequence[Record] = ()) -> None:
        """Write the rows of what was published, and of what only looks another way.

        What was logged and is not among them is given up: nobody carries it to its end.
        """
        names = {record.stage_key for record in records} & self._new
        with file.writing(self.base) as base:
            file.put_keys(base, [(digest, self.keys[digest]) for digest in names])
            file.put_items(base, [*records, *stamped])
            for record in records:
                if self.failures.pop((record.stage, record.item), None):
                    base.execute(
                        "DELETE FROM failures WHERE stage=? AND item=?", (record.stage, record.item)
                    )
            file.put_fact(base, "offset", str(self.offset))
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
        with file.writing(self.base) as base:
            file.put_failure(base, failure)

    def drop(self, records: Sequence[Record]) -> None:
        """Say that the outputs of these were removed, and that they count as done."""
        self.offset = self.manifests.append([Dropped(r.stage, r.item) for r in records])
        for record in records:
            record.dropped = True
        self.leaving = [(record.stage, record.item) for record in records]
        with file.writing(self.base) as base:
            file.put_items(base, records)
            file.put_fact(base, "leaving", json.dumps(self.leaving))
            file.put_fact(base, "offset", str(self.offset))

    def forget(self, records: Sequence[Record]) -> None:
        """Let items count as not made."""
        self.offset = self.manifests.append([Forgotten(r.stage, r.item) for r in records])
        with file.writing(self.base) as base:
            for record in records:
                self.records.pop((record.stage, record.item), None)
            file.delete_items(base, [(r.stage, r.item) for r in records])
            file.put_fact(base, "offset", str(self.offset))

    def unfolded(self, part: Unfolded) -> None:
        """Keep which items a part of a stage came to."""
        self.parts[part.stage, part.label] = part
        with file.writing(self.base) as base:
            base.execute(
                "INSERT OR REPLACE INTO parts VALUES (?,?,?,?)",
                (part.stage, part.label, part.key, json.dumps(list(part.items))),
            )

    def compact(self) -> None:
        """Write the log anew when most of it tells of items that were made again since."""
        if self.base is not None and is_mostly_old(self.manifests.length, self.records.values()):
            self._write_log()

    def _write_log(self) -> None:
        """Write the log anew, from what is known."""
        lines = lines_of(self.keys, self.records.values())
        with file.writing(self.base) as base:
            file.put_fact(base, "offset", "0")  # a crash here reads the whole log again, old or new
        self.offset = self.manifests.rewrite(lines)
        with file.writing(self.base) as base:
            file.put_fact(base, "offset", str(self.offset))

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
