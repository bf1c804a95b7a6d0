"""Names of files as text: a name is bytes, and not all bytes are text."""

from __future__ import annotations

import os
from pathlib import Path


def readable(path: Path) -> str:
    """Return a path as text that can be written, whatever bytes its name is made of."""
    return os.fsencode(path).decode(errors="replace")
