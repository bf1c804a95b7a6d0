"""Processes that a stage starts: known by a note among its drafts, so that none outlives it.

A worker dies with its run, and what it started dies with it, but grandchildren do not. Whoever
gives up an attempt, or sweeps a killed run's drafts, ends the groups that are noted there.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from animstudio.kernel.background import stop_group
from animstudio.kernel.errors import WorkFailed

_NOTE = ".group"
_GRACE = 3.0
"""Seconds a group has to end cleanly."""


def note_group(drafts: Path, leader: int) -> None:
    """Note that a process group works for the attempt with these drafts."""
    (drafts / _NOTE).write_text(f"{leader} {started(leader)}")


def forget_group(drafts: Path) -> None:
    """Take the note away: the group has ended."""
    (drafts / _NOTE).unlink(missing_ok=True)


def end_groups(folder: Path) -> int:
    """End every group that is noted in a folder or in the folders below; return how many."""
    ended = 0
    for note in list(folder.rglob(_NOTE)):
        with contextlib.suppress(OSError, ValueError, WorkFailed):
            leader, began = map(int, note.read_text().split())
            # Another process may have the number by now; a gone leader's group keeps it.
            if started(leader) in (began, 0):
                ended += stop_group(leader, grace=_GRACE) != "gone"
            note.unlink()
    return ended


def started(pid: int) -> int:
    """Return when a process began, in the kernel's ticks; 0 when there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        return int(text.rpartition(") ")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0
