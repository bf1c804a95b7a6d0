"""Finding the files of a folder that may be documents."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from animstudio.kernel.errors import AskedWrongly

VERSION_CONTROL: Final = frozenset(("CVS", "_darcs", "RCS", "SCCS"))
"""Folders of version control whose names are not hidden."""

PassedOver = Callable[[Path, str], None]


def find_documents(
    folder: Path, pattern: str = "**/*", *, passed_over: PassedOver | None = None
) -> Iterator[Path]:
    """Yield the files under a folder that match, sorted by their path; a file stands for itself.

    Hidden files and folders and those of version control are left out silently. Links are
    followed, but not out of the folder, and no file or folder is entered twice; `passed_over` is
    told of those, and of folders that may not be read, with a reason.

    Raises AskedWrongly where there is nothing at `folder`, or for a pattern that leaves it.
    """
    matches = matcher(pattern)
    if folder.is_file():
        return iter([folder])
    if not folder.is_dir():
        raise AskedWrongly(f"{folder}: there is no such file or folder")
    return _Walk(folder, matches, passed_over or (lambda path, reason: None)).files()


def matcher(pattern: str) -> re.Pattern[str]:
    """Return a glob as an expression: ``*`` and ``?`` within a name, ``**`` over folders."""
    parts = pattern.replace("\\", "/").split("/")
    if not pattern or pattern.startswith("/") or ".." in parts:
        raise AskedWrongly(
            f"pattern '{pattern}': must be a glob inside the folder", hint="for example '**/*.md'"
        )
    if parts[-1] in ("**", ""):
        parts[-1:] = ["**", "*"]
    expression = "".join(
        "(?:[^/]+/)*" if part == "**" else _part(part) + ("/" if number < len(parts) - 1 else "")
        for number, part in enumerate(parts)
        if part != "."
    )
    try:
        return re.compile(expression)
    except re.error as error:
        raise AskedWrongly(f"pattern '{pattern}': {error}") from None


def _part(part: str) -> str:
    pieces = re.split(r"(\*+|\?|\[!?\]?[^\]]*\])", part)
    return "".join(
        "[^/]*" if piece.startswith("*")
        else "[^/]" if piece == "?"
        else "[" + piece[1:-1].replace("!", "^", 1 if piece[1] == "!" else 0) + "]"
        if piece.startswith("[") and piece.endswith("]") and len(piece) > 2
        else re.escape(piece)
        for piece in pieces
    )  # fmt: skip


class _Walk:
    def __init__(self, folder: Path, matches: re.Pattern[str], passed_over: PassedOver) -> None:
        self._folder, self._matches, self._passed_over = folder, matches, passed_over
        self._root = folder.resolve()
        self._entered = {self._root}
        self._taken: set[Path] = set()

    def files(self) -> Iterator[Path]:
        """Walk without recursion: folders may lie deeper than Python's stack."""
        waiting = [self._entries(self._folder, self._root)]
        while waiting:
            entry = next(waiting[-1], None)
            if entry is None:
                waiting.pop()
                continue
            path, target = entry
            if self._is_folder(path):
                if self._is_new(path, target, self._entered, "folder") and target:
                    waiting.append(self._entries(path, target))
            elif self._is_wanted(path) and self._is_new(path, target, self._taken, "file"):
                yield path

    def _entries(self, folder: Path, real: Path) -> Iterator[tuple[Path, Path | None]]:
        """Yield a folder's entries, and where each really lies; None where a link leads nowhere."""
        try:
            names = sorted(entry.name for entry in os.scandir(folder))
        except OSError as error:
            self._passed_over(folder, _why(error))
            return
        for name in names:
            if not name.startswith(".") and name not in VERSION_CONTROL:
                path = folder / name
                yield path, _target(path) if path.is_symlink() else real / name

    def _is_wanted(self, path: Path) -> bool:
        return self._matches.fullmatch(path.relative_to(self._folder).as_posix()) is not None

    def _is_folder(self, path: Path) -> bool:
        try:
            return path.is_dir()
        except OSError:
            return False

    def _is_new(self, path: Path, target: Path | None, seen: set[Path], kind: str) -> bool:
        """Return whether something inside the root is met for the first time, and remember it."""
        if target is None:
            self._passed_over(path, "a link that leads nowhere")
        elif not target.is_relative_to(self._root):
            self._passed_over(path, "a link out of the folder")
        elif target in seen:
            self._passed_over(path, f"the {kind} is read already, under another name")
        else:
            seen.add(target)
            return True
        return False


def _target(link: Path) -> Path | None:
    try:
        return link.resolve(strict=True)
    except (OSError, RuntimeError):  # before Python 3.13 a circle is a RuntimeError
        return None


def _why(error: OSError) -> str:
    return "may not be read" if isinstance(error, PermissionError) else str(error.strerror or error)
