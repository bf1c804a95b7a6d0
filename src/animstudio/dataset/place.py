"""A folder that appears whole or not at all."""

from __future__ import annotations

import contextlib
import glob
import secrets
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from animstudio.kernel.drafts import drafts_in
from animstudio.kernel.errors import AskedWrongly
from animstudio.kernel.files import sync_file, sync_folder

_BEFORE: Final = ".before-"
"""In the name of what is about to be replaced."""


@contextlib.contextmanager
def new_folder(out: Path, *, ours: str = "") -> Iterator[Path]:
    """Give a folder for drafts that takes the place of `out` when all went well.

    What stands there is replaced only if it has the file `ours`, which says that we made it.
    Raises AskedWrongly for a place that is taken.
    """
    home = out.absolute().parent
    _bring_back(out)
    check_free(out, ours=ours)
    with drafts_in(home) as work:
        drafts = work / "new"
        drafts.mkdir()
        try:
            yield drafts
            for path in sorted(drafts.rglob("*")):
                sync_folder(path) if path.is_dir() else sync_file(path)
        except OSError as error:
            if error.filename is None:  # of a write that fails, as on a full disk, nobody knows it
                error.filename = str(out)
            raise
        before = home / f".{out.name}{_BEFORE}{secrets.token_hex(2)}"
        if out.exists():
            out.rename(before)
        try:
            drafts.rename(out)
        except OSError:
            if before.exists():
                before.rename(out)
            raise
        sync_folder(home)
        shutil.rmtree(before, ignore_errors=True)


def _bring_back(out: Path) -> None:
    """Put back what stood at `out` where a kill came before the new one stood there."""
    for before in sorted(out.absolute().parent.glob(f".{glob.escape(out.name)}{_BEFORE}*")):
        if out.exists():
            shutil.rmtree(before, ignore_errors=True)
        else:
            before.rename(out)


def check_apart(out: Path, folders: Sequence[Path]) -> None:
    """Raise AskedWrongly where a set would lie in what it is made of, or the other way round.

    In the first case it would be read as pictures the next time; in the second, replacing the set
    would take its own input away.
    """
    place = out.resolve()
    for folder in folders:
        source = folder.resolve()
        if place == source or place.is_relative_to(source):
            raise AskedWrongly(f"{out}: it lies in {folder}, of which it would be made",
                               hint="name a folder beside it")  # fmt: skip
        if source.is_relative_to(place):
            raise AskedWrongly(f"{folder}: it lies in {out}, which the new set would replace",
                               hint="name another folder for the set")  # fmt: skip


def check_free(out: Path, *, ours: str = "") -> None:
    """Raise AskedWrongly if something stands at `out` that must not be replaced."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not (ours and (out / ours).is_file()):
        raise AskedWrongly(
            f"{out}: there is something already, and it was not made by this command",
            hint="name a folder that does not exist yet",
        )
