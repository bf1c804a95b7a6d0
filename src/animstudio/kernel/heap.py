"""Memory that is freed and wanted again at once, kept by the process."""

from __future__ import annotations

import ctypes
from typing import Final

_TRIM, _MAP, _ARENAS = -1, -3, -8
"""glibc's M_TRIM_THRESHOLD, M_MMAP_THRESHOLD and M_ARENA_MAX (malloc.h)."""
KEPT: Final = 256 << 20
"""Bytes of freed memory that a process keeps at most."""
LARGE: Final = 32 << 20
"""Bytes from which a block is mapped for itself: the most that glibc allows is 32 MiB."""


def keep_freed() -> None:
    """Keep freed blocks instead of handing them back; elsewhere than on glibc nothing happens.

    A picture's planes are a few megabytes each, made and freed many times a second. glibc gives
    them back each time, and the kernel clears every page of them anew: half of all the time
    that looking at a picture takes. Threads share one heap, so that each finds what others freed.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return
    mallopt(_MAP, LARGE)
    mallopt(_TRIM, KEPT)
    mallopt(_ARENAS, 1)
