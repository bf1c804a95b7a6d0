"""Writing results: the only writer, and everything it promises.

A file appears whole or not at all: it is written beside its place, synced, and renamed. What
stands in the way and is not ours is kept under another name, never overwritten.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from animstudio.kernel.errors import AskedWrongly, OutOfRoom, StudioError, WorkFailed

_FIRST = 1 << 16
"""Bytes read of a file before the buffer for long ones is made, which costs more than a short
file does."""

DRAFTS = ".*.part"
"""What `write_atomic` calls files that are not whole yet; a kill can leave them lying."""


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write a file so that a reader, or a crash, sees the old one or the new one."""
    make_folder(path.parent)
    data = content.encode() if isinstance(content, str) else content
    draft = path.parent / f".{path.name[:100]}.{secrets.token_hex(4)}.part"
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def make_folder(path: Path) -> None:
    """Make a folder and what is missing above it, so that a power cut does not undo it."""
    for changed in make_folders(path):
        sync_folder(changed)


def make_folders(path: Path) -> list[Path]:
    """Make a folder and what is missing above it; return the folders that are to be synced."""
    if path.is_dir():
        return []
    changed = make_folders(path.parent)
    path.mkdir(exist_ok=True)
    return [*changed, path.parent]


def sync_file(path: Path) -> None:
    """Force a file's content to the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Force a folder's entries (creations, renames) to the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(path: Path | str) -> str:
    """Return the digest of a file's content, hexadecimal."""
    with open(path, "rb") as file:  # noqa: PTH123 - a scan of many files has plain strings
        begin = file.read(_FIRST)
        digest = hashlib.sha256(begin)
        if len(begin) == _FIRST:
            hashlib.file_digest(file, lambda: digest)
        return digest.hexdigest()


def check_text(name: str, what: str = "") -> None:
    """Raise WorkFailed for a file's name that is no text, and can stand in no record."""
    try:
        name.encode()
    except UnicodeEncodeError as error:
        shown = name.encode(errors="surrogateescape").decode(errors="replace")
        raise WorkFailed(
            f"{what}{shown}: its name is no valid text (UTF-8): give it another"
        ) from error


def contained(root: Path, name: str) -> Path:
    """Return ``root / name``, or raise AskedWrongly if that leaves `root`."""
    path = root / name
    if not path.resolve().is_relative_to(root.resolve()):
        raise AskedWrongly(f"'{name}' leaves {root}")
    return path


def place(draft: Path, target: Path, *, ours: Collection[str] = ()) -> None:
    """Rename a synced draft to its place; where a link leads to another disk, copy it first.

    A file there with the same content stays as it is, times included. One whose digest is in
    `ours` (what we put there before) is replaced. Anything else was made by someone, and is
    kept as ``name.kept1``. A folder stays where it is.

    Raises AskedWrongly where a folder, or a link to one, stands in the way.
    """
    make_folder(target.parent)
    if target.is_dir():
        raise AskedWrongly(f"{target}: a folder stands where this file would go")
    if os.path.lexists(target):
        was = sha256(target) if target.is_file() else ""
        if was == sha256(draft):
            sync_file(target)
            draft.unlink()
            return
        if was not in ours:
            target.rename(_free_name(target))
    try:
        draft.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy_over(draft, target)


def _copy_over(draft: Path, target: Path) -> None:
    near = target.parent / f".{target.name[:100]}.{secrets.token_hex(4)}.part"
    try:
        shutil.copyfile(draft, near)
        sync_file(near)
        near.replace(target)
    finally:
        near.unlink(missing_ok=True)
    draft.unlink()


def withdraw(path: Path, digest: str) -> None:
    """Delete a file that we placed, unless somebody changed it since."""
    if path.is_file() and sha256(path) == digest:
        path.unlink()


def _free_name(path: Path) -> Path:
    number = 1
    while os.path.lexists(kept := path.with_name(f"{path.name}.kept{number}")):
        number += 1
    return kept


def link(source: Path, target: Path) -> None:
    """Give a file a second name; a copy where the file system has no links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


@contextlib.contextmanager
def staging(root: Path, name: str) -> Iterator[Path]:
    """Give an empty folder under `root` for drafts; it is gone afterwards, come what may."""
    folder = root / f"{name}.{secrets.token_hex(4)}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def refusal(error: OSError) -> StudioError:
    """Return what the system refused as an error for people: a full disk is no bug."""
    where = f"{error.filename}: " if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OutOfRoom(
            f"{where}the disk is full",
            hint="what was committed is kept; free some space, and run the same command again",
        )
    return WorkFailed(f"{where}{error.strerror or error}")
