"""Devices by name: is the one that was asked for here? Told without loading any framework."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from animstudio.gpu.devices import devices
from animstudio.kernel.errors import AskedWrongly

_NAME: Final = re.compile(r"auto|cpu|cuda(?::(\d+))?")


def check_device(wanted: str, cards: Callable[[], int] = lambda: len(devices())) -> None:
    """Raise AskedWrongly for a name that is no device's, or a card that is not there.

    `cards` counts this machine's; it is asked only where one is wanted.
    """
    found = _NAME.fullmatch(wanted)
    if not found:
        raise AskedWrongly(
            f"no device is called '{wanted}'", hint="auto, cpu, cuda and cuda:1 are devices"
        )
    if wanted.startswith("cuda") and int(found[1] or 0) >= (count := cards()):
        there = (
            f"the last one here is cuda:{count - 1}" if count else "there is no CUDA device here"
        )
        raise AskedWrongly(f"'{wanted}': {there}", hint="use --device cpu, or auto")
