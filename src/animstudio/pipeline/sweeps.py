"""Python's sweeps for garbage, put off while many objects are made that all live on."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def no_sweeps() -> Iterator[None]:
    """Make many objects that all live on: looking through them for garbage costs half the time."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()
