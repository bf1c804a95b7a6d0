"""A folder for drafts beside what they become, which no kill leaves lying for good."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.files import make_folder

_NAME = re.compile(r"\.drafts-[0-9a-f]{8}")
_LOCK = ".lock"
"""In every such folder: locked as long as the process lives that drafts there."""


@contextlib.contextmanager
def drafts_in(folder: Path) -> Iterator[Path]:
    """Give an empty folder for drafts inside `folder`, which is made if it is missing.

    It is gone afterwards; what a killed process left is swept when the next one begins.

    Raises AskedWrongly where a file stands in the place of a folder.
    """
    try:
        make_folder(folder)
    except (FileExistsError, NotADirectoryError) as error:
        raise AskedWrongly(f"{error.filename}: this is not a folder") from error
    _sweep(folder)
    drafts = folder / f".drafts-{secrets.token_hex(4)}"
    handle = _made_and_locked(drafts)
    try:
        yield drafts
    finally:
        shutil.rmtree(drafts, ignore_errors=True)
        os.close(handle)


def _made_and_locked(drafts: Path) -> int:
    """Make the folder under another name, so that nobody sweeps it before it is locked."""
    new = drafts.with_name(f"{drafts.name}.new")
    new.mkdir()
    handle = os.open(new / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    fcntl.flock(handle, fcntl.LOCK_EX)
    new.rename(drafts)
    return handle


def _sweep(folder: Path) -> None:
    """Delete the drafts of processes that are no more."""
    for left in folder.glob(".drafts-*"):
        if not _NAME.fullmatch(left.name) or left.is_symlink():
            continue
        with contextlib.suppress(OSError):  # not ours, in use, or just gone: leave it
            handle = os.open(left / _LOCK, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(handle)
