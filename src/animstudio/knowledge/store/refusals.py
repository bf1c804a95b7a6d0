"""What SQLite refuses, for people: a full disk or a folder that is only to be read is no damage."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Final

from animstudio.kernel.errors import OutOfRoom, StudioError, WorkFailed

_CODE: Final = 0xFF
"""The kind of a SQLite error; the bits above say where it was met."""
_NO_ROOM: Final = 1 << 20
"""Bytes left on a disk below which an I/O error means that it is full."""
_REFUSED: Final = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)


class OtherVersion(WorkFailed):
    """The file was written by another version: it is whole, and not ours to mend."""


def broken(path: Path, error: Exception) -> WorkFailed:
    """Return what a damaged file is for people."""
    return WorkFailed(
        f"{path}: damaged: {error}",
        hint="animstudio kb repair saves what can be read; kb build makes the rest again",
    )


def refused(path: Path, error: sqlite3.Error) -> StudioError:
    """Return what SQLite says of a file as an error for people."""
    code = getattr(error, "sqlite_errorcode", 0) & _CODE
    if code == sqlite3.SQLITE_FULL or (code in (*_REFUSED, sqlite3.SQLITE_IOERR) and _full(path)):
        return OutOfRoom(
            f"{path}: the disk is full",
            hint="what was committed is kept; free some space, and run the same again",
        )
    if code in _REFUSED:
        return WorkFailed(f"{path}: the folder cannot be written ({error})")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return WorkFailed(f"{path}: another process keeps it busy", hint="run the same again")
    return broken(path, error)


def cannot_write_beside(path: Path, error: sqlite3.Error) -> bool:
    """Return whether a file could not be read only because nothing can be written beside it."""
    code = getattr(error, "sqlite_errorcode", 0) & _CODE
    return code in _REFUSED or (code == sqlite3.SQLITE_IOERR and (_full(path) or _locked(path)))


def _full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _NO_ROOM
    except OSError as error:
        return error.errno in (errno.ENOSPC, errno.EDQUOT)


def _locked(path: Path) -> bool:
    return not os.access(path.parent, os.W_OK)
