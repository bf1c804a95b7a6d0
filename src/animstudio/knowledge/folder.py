"""The folder that a sync reads: its documents by name, and which folder read before it is part of.

A name is as citations show it: relative to the outermost folder that was read, with "/".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from animstudio.kernel.errors import AskedWrongly
from animstudio.knowledge.documents import ReadSpec, content_digest, find_documents
from animstudio.knowledge.documents.find import matcher
from animstudio.knowledge.documents.names import readable
from animstudio.knowledge.store.store import FILE, Known, Store
from animstudio.knowledge.store.writing import move_root

_MIB: Final = 1024 * 1024
_OF_A_BASE: Final = re.compile(rf"{re.escape(FILE)}.*|index-\d+\.faiss")
"""Files of a knowledge base, where one lies among its documents."""


def documents_in(folder: Path, pattern: str, failed: dict[str, str]) -> Iterator[Path]:
    """Yield the files of a folder that may be documents; those that cannot be go to `failed`."""

    def passed_over(path: Path, reason: str) -> None:
        failed[readable(path)] = reason

    for file in find_documents(folder, pattern, passed_over=passed_over):
        if not (_OF_A_BASE.fullmatch(file.name) and (file.parent / FILE).is_file()):
            yield file


def named(files: Iterator[Path], root: Path, failed: dict[str, str]) -> dict[str, Path]:
    """Return files by name; of two whose names read the same, the first."""
    found: dict[str, Path] = {}
    for file in files:
        name = readable(file.relative_to(root))
        if name in found:
            failed[name] = "another file's name reads the same; give one of them another name"
        else:
            found[name] = file
    return found


def refuse_nothing(folder: Path, pattern: str) -> None:
    """Raise AskedWrongly for a folder without anything that could be a document."""
    failed: dict[str, str] = {}
    if next(documents_in(folder.resolve(), pattern, failed), None) is None and not failed:
        raise nothing_in(folder, pattern)


def nothing_in(folder: Path, pattern: str, hint: str | None = None) -> AskedWrongly:
    """Return why a folder cannot be taken in."""
    return AskedWrongly(f"{folder}: no documents here match '{pattern}'", hint=hint)


def digest_of(file: Path, root: Path, limits: ReadSpec) -> str:
    """Return a file's digest, "" for one that is too large to be a document, or unreadable."""
    try:
        if file.stat().st_size > limits.largest_file * _MIB:
            return ""
        return content_digest(file, root)
    except OSError:
        return ""


def root_of(folder: Path, store: Store) -> tuple[Path, str]:
    """Return the folder that paths are relative to, and which part of it is looked at ("" all).

    A folder inside one that was read before is a part of that; one around it takes it over.
    """
    around = folder.parent if folder.is_file() else folder
    name = Path(readable(around))
    for known in sorted(store.roots(), key=len):
        if name.is_relative_to(known):
            root = next(each for each in (around, *around.parents) if readable(each) == known)
            below = readable(folder.relative_to(root))
            return root, "" if below == "." else below
    for known in store.roots():
        if Path(known).is_relative_to(name) and not folder.is_file():
            with store.writing():
                prefix = Path(known).relative_to(name).as_posix() + "/"
                move_root(store, known, str(name), prefix)
    return around, readable(Path(folder.name)) if folder.is_file() else ""


def asked_for(known: Mapping[str, Known], below: str, pattern: str) -> dict[str, Known]:
    """Return the documents that a pattern selects in the part of the folder that is looked at."""
    matches = matcher(pattern)
    return {
        path: each
        for path, each in known.items()
        if path == below or matches.fullmatch(path.removeprefix(f"{below}/"))
    }


def really_gone(left: Mapping[str, Known], root: Path, failed: dict[str, str]) -> dict[str, Known]:
    """Return the documents whose files are no more; of those nobody can tell, `failed` is told.

    A share that does not answer must not empty the base.
    """
    gone = {}
    for path, each in left.items():
        try:
            (root / path).lstat()
        except (FileNotFoundError, NotADirectoryError):
            pass
        except OSError as error:
            failed[path] = f"{error.strerror or error}; what was read of it before is kept"
            continue
        gone[path] = each
    return gone


def is_below(name: str, below: str) -> bool:
    """Return whether a document lies in a part of the folder; "" is all of it."""
    return not below or name == below or name.startswith(f"{below}/")
