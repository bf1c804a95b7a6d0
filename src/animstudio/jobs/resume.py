"""What a job goes on from, when it is tried again."""

from __future__ import annotations

from pathlib import Path

from animstudio.jobs.checkpoints import find_checkpoints


def newest_checkpoint(folder: Path, now: float, since: float) -> Path | None:
    """Return the newest whole checkpoint below a folder, saved since a time; None without one."""
    found = find_checkpoints(folder, now, since)
    return next((c.path for c in reversed(found) if c.state == "whole"), None)
