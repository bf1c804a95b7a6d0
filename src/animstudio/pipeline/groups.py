"""Processes that a stage starts: known by a note among its drafts, so that none outlives it.

A worker dies with its run, and what it started dies with it, but grandchildren do not. Whoever
gives up an attempt, or sweeps a killed run's drafts, ends the groups that are noted there, and
who left them for a session of their own: all carry a token in their environment.
"""

from __future__ import annotations

import contextlib
import uuid
from functools import partial
from pathlib import Path

from animstudio.kernel.background import stop_group
from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.offspring import carriers, end_all

TOKEN = "ANIMSTUDIO_STAGE_TOKEN"
"""The variable by which everything is known that a stage started."""
GRACE = 3.0
"""Seconds that who is left over has to end cleanly."""
_NOTE = ".group"


def note_token(drafts: Path) -> str:
    """Note that processes will work for the attempt with these drafts; return their token."""
    token = uuid.uuid4().hex
    (drafts / _NOTE).write_text(f"0 0 {token}")
    return token


def note_group(drafts: Path, leader: int, token: str) -> None:
    """Note that a process group works for the attempt with these drafts."""
    (drafts / _NOTE).write_text(f"{leader} {started(leader)} {token}")


def forget_group(drafts: Path) -> None:
    """Take the note away: the group has ended."""
    (drafts / _NOTE).unlink(missing_ok=True)


def end_groups(folder: Path) -> int:
    """End all who are noted in a folder or in the folders below; return how many groups."""
    ended = 0
    for note in list(folder.rglob(_NOTE)):
        with contextlib.suppress(OSError, ValueError, WorkFailed):
            leader, began, *token = note.read_text().split()
            # Another process may have the number by now; a gone leader's group keeps it.
            if int(leader) and started(int(leader)) in (int(began), 0):
                with contextlib.suppress(ValueError):
                    ended += stop_group(int(leader), grace=GRACE) != "gone"
            if token:  # none in a note of an earlier version
                ended += bool(end_all(partial(carriers, TOKEN, token[0]), grace=GRACE))
            note.unlink()
    return ended


def started(pid: int) -> int:
    """Return when a process began, in the kernel's ticks; 0 when there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        return int(text.rpartition(") ")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0
