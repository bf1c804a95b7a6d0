"""What the pipeline knows of an item that was made: one line in the log, one row in the journal."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from animstudio.kernel.spec import canonical_json
from animstudio.kernel.work import Standing


class Stamp(NamedTuple):
    """What a file looked like from outside when its content was known; times in nanoseconds."""

    inode: int
    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, seen: os.stat_result) -> Stamp:
        """Return the stamp of a file that was looked at."""
        return cls(seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)


class Output(NamedTuple):
    """A file that an item made, its path relative to the output folder.

    stamp:   None where it could not be told from a later version that looks the same.
    passing: it is removed when everything that uses it was made.
    """

    path: str
    size: int
    sha256: str
    stamp: Stamp | None = None
    passing: bool = False


@dataclass(frozen=True, slots=True)
class StageKey:
    """Everything a stage's results depend on, but for the items' inputs.

    `code` and `models` are digests by name; `spec` holds the options' values, so that a later
    run can say which one changed. A list of digests is long: `code` keeps the first 16 digits.
    """

    type: str
    version: int
    spec: Mapping[str, Any]
    code: Mapping[str, str]
    models: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> str:
        """Return the one text of it."""
        fields = [self.type, self.version, dict(self.spec), dict(self.code), dict(self.models)]
        return canonical_json(fields)

    @classmethod
    def from_json(cls, text: str) -> StageKey:
        """Return what `as_json` wrote."""
        return cls(*json.loads(text))


@dataclass(slots=True)
class Record:
    """An item that was committed.

    key:     digest of all it was made from; stage_key: of the part that its stage has in it.
    inputs:  content digests by name; what other items made counts like any file.
    content: digest of what came out. Later keys are made of it, so the same content made anew
             stops there.
    seconds, peak: what it cost: wall time, and bytes of memory.
    temp:    its recipe called all its outputs temporary when it was made.
    dropped: what it made was removed, since all that uses it was made; it counts as done.
    adopted: a crash came between its publishing and its row; it was found in the log.
    """

    stage: str
    item: str
    key: str
    stage_key: str
    content: str
    inputs: Mapping[str, str]
    options: Mapping[str, Any]
    outputs: Sequence[Output]
    facts: Mapping[str, Any]
    seconds: float = 0.0
    peak: int = 0
    made_at: str = ""
    attempt: str = ""
    temp: bool = False
    dropped: bool = False
    adopted: bool = False

    @property
    def bytes(self) -> int:
        """What its outputs take on the disk."""
        return sum(output.size for output in self.outputs)

    def standing(self, spec: Mapping[str, Any], harm: str = "") -> Standing:
        """Return it as stages see it; `spec` are its stage's options."""
        outputs = {output.path: output.sha256 for output in self.outputs}
        return Standing(outputs, self.facts, self.inputs, self.options, spec, harm)

    def as_json(self) -> str:
        """Return it as one line."""
        fields = [self.stage, self.item, self.key, self.stage_key, self.content,
                  dict(self.inputs), dict(self.options), self.outputs, dict(self.facts),
                  self.seconds, self.peak, self.made_at, self.attempt, self.temp]  # fmt: skip
        return json.dumps(fields, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_fields(cls, fields: Sequence[Any]) -> Record:
        """Return what `as_json` wrote, parsed."""
        record = cls(*fields)
        record.outputs = outputs_from(fields[7])
        return record


def outputs_from(fields: Iterable[Sequence[Any]]) -> list[Output]:
    """Return outputs that were written as JSON."""
    return [
        Output(path, size, sha, Stamp(*stamp) if stamp else None, bool(passing))
        for path, size, sha, stamp, passing in fields
    ]


def content_digest(outputs: Iterable[Output], facts: Mapping[str, Any]) -> str:
    """Return the digest of what an item came to."""
    parts = [[o.path, o.sha256] for o in outputs]
    return digest_of([sorted(parts), facts])


def digest_of(value: object) -> str:
    """Return the digest of a JSON value."""
    # Names of files that are no text are told apart as well.
    return hashlib.sha256(canonical_json(value).encode(errors="surrogateescape")).hexdigest()
