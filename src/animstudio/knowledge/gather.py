"""Gathering documents from many places into one folder, with a list of what came from where.

The list, ``manifest.json``, is written before any file is placed (naming what stands and what
will) and again when all have their places. So whatever a kill leaves lying is known as ours, and
the next gathering replaces it; everything else in the folder is somebody's, and is left alone.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from animstudio.kernel.files import contained, place, sha256, staging, sync_file, withdraw
from animstudio.kernel.files import write_atomic as write

MANIFEST: Final = "manifest.json"
GATHERED: Final = "*/**"
"""Pattern of what is gathered: everything but the list itself, which lies at the top."""
_DRAFTS: Final = ".gathering"


@dataclass(frozen=True, slots=True)
class Piece:
    """A document to gather.

    path:   where it goes, relative to the folder, in a subfolder of that.
    source: the file to copy, or the text to write.
    origin: where it comes from, for people.
    """

    path: str
    source: Path | str
    origin: str
    kind: str
    film: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A gathered document, as the list has it."""

    path: str
    kind: str
    film: str
    origin: str
    sha256: str
    bytes: int


@dataclass(slots=True)
class Gathered:
    """What stands in the folder now, and what was done for that.

    failed: documents that could not be read, by origin, with the reason. One that was gathered
    before stays as it was.
    """

    entries: list[Entry] = field(default_factory=list)
    written: int = 0
    withdrawn: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def gather(
    folder: Path, pieces: Iterable[Piece], digest: Callable[[Path], str] = sha256
) -> Gathered:
    """Bring a folder in line with the pieces: copy what is new or changed, take out what is gone.

    `digest` tells a file's sha256, remembered or read. A file that stands where a piece goes and
    is not ours is kept as ``name.kept1``. One process gathers into a folder at a time.

    Raises AskedWrongly for a piece that would lie outside the folder, OSError where the folder
    cannot be written.
    """
    before = _Manifest.read(folder)
    for leftover in folder.glob(f"{_DRAFTS}.*"):
        shutil.rmtree(leftover, ignore_errors=True)
    found = Gathered()
    with staging(folder, _DRAFTS) as drafts:
        changed = _draft(folder, pieces, drafts, before, digest, found)
        paths = {entry.path for entry in found.entries}
        gone = [entry for entry in before.entries if entry.path not in paths]
        if changed or gone or not before.complete:
            _Manifest([*before.entries, *found.entries], complete=False).write(folder)
            for path, draft in changed.items():
                place(draft, contained(folder, path), ours=before.digests(path))
            for entry in gone:
                _take_out(folder, entry)
            _Manifest(found.entries, complete=True).write(folder)
    found.written, found.withdrawn = len(changed), len({entry.path for entry in gone})
    return found


def _draft(
    folder: Path,
    pieces: Iterable[Piece],
    drafts: Path,
    before: _Manifest,
    digest: Callable[[Path], str],
    found: Gathered,
) -> dict[str, Path]:
    """Copy what does not stand yet into the drafts; return these by where they go."""
    changed: dict[str, Path] = {}
    for number, piece in enumerate(pieces):
        target = contained(folder, piece.path)
        draft = drafts / str(number)
        try:
            if isinstance(piece.source, str):
                draft.write_text(piece.source, encoding="utf-8")
                sum_ = sha256(draft)
            else:
                sum_ = digest(piece.source)
            if not (before.has(piece.path, sum_) and target.is_file() and digest(target) == sum_):
                if isinstance(piece.source, Path):
                    shutil.copyfile(piece.source, draft)
                sync_file(draft)
                sum_ = sha256(draft)  # of what was copied: the file may have changed meanwhile
                changed[piece.path] = draft
        except OSError as error:
            found.failed[piece.origin] = error.strerror or str(error)
            found.entries += [entry for entry in before.entries if entry.path == piece.path][-1:]
            continue
        size = (draft if draft.exists() else target).stat().st_size
        found.entries.append(
            Entry(piece.path, piece.kind, piece.film, piece.origin, sum_, size)
        )  # fmt: skip
    return changed


def _take_out(folder: Path, entry: Entry) -> None:
    """Remove a file that we placed, unless somebody changed it, and folders left empty."""
    path = contained(folder, entry.path)
    withdraw(path, entry.sha256)
    with suppress(OSError):  # not empty, or gone already
        for above in path.relative_to(folder).parents[:-1]:
            (folder / above).rmdir()


@dataclass(frozen=True, slots=True)
class _Manifest:
    """The list; `complete` tells that nothing was left between two states."""

    entries: Sequence[Entry]
    complete: bool

    @classmethod
    def read(cls, folder: Path) -> _Manifest:
        """Return the folder's list; one that cannot be read counts as none."""
        try:
            content: Mapping[str, Any] = json.loads((folder / MANIFEST).read_bytes())
            entries = [
                Entry(**{**each, "path": str(each["path"])}) for each in content["documents"]
            ]
            return cls(entries, bool(content["complete"]))
        except (OSError, ValueError, KeyError, TypeError):
            return cls([], complete=False)

    def write(self, folder: Path) -> None:
        content = {"complete": self.complete, "documents": [asdict(e) for e in self.entries]}
        write(folder / MANIFEST, json.dumps(content, indent=1, ensure_ascii=False) + "\n")

    def has(self, path: str, digest: str) -> bool:
        return any(entry.path == path and entry.sha256 == digest for entry in self.entries)

    def digests(self, path: str) -> list[str]:
        return [entry.sha256 for entry in self.entries if entry.path == path]
