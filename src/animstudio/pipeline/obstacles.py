"""What stands in the way of a result, and costs one item: a folder, a file, no permission.

Somebody's file that stands exactly where a result goes is no obstacle: it is kept under another
name (see `kernel.files.place`).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

from animstudio.kernel.errors import StudioError, WorkFailed
from animstudio.kernel.files import refusal

_ONE_PLACE = frozenset(
    {errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG}
)
"""Errors of one path; others, such as a full disk, meet every path."""


def look_for_obstacles(target: str, *, in_folder: bool = False) -> None:
    """Look whether a file can be put at `target`; `in_folder` says that its folder is known.

    Raises WorkFailed where it cannot.
    """
    if os.path.isdir(target):
        raise _in_the_way(target, "a folder stands where this file would go")
    if in_folder:
        return
    above = os.path.dirname(target)
    while not os.path.lexists(above):
        above = os.path.dirname(above)
    if not os.path.isdir(above):
        raise _in_the_way(above, "a file stands where a folder would go")
    if not os.access(above, os.W_OK | os.X_OK):
        raise WorkFailed(
            f"{above}: cannot write here: permission denied",
            hint="allow it, and run the same command again",
        )


def placed_all(place: Callable[[], object]) -> StudioError | None:
    """Place an item's drafts; return what stood in their way all the same.

    Raises OSError for what would meet every other item as well.
    """
    try:
        place()
    except StudioError as error:
        return error
    except OSError as error:
        if error.errno not in _ONE_PLACE:
            raise
        return refusal(error)
    return None


def _in_the_way(path: str | Path, what: str) -> WorkFailed:
    return WorkFailed(f"{path}: {what}", hint="move it elsewhere, and run the same command again")
