"""How jobs of an array are named: ``5_3``, ``5_3-7``, ``5_all``; 5 is the array's id."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_NAMED = re.compile(r"(\d{1,18})_(?:all|(\d{1,18})(?:-(\d{1,18}))?)", re.ASCII)
_LAST = (1 << 62) - 1


@dataclass(frozen=True, slots=True)
class Named:
    """Jobs of an array, from one index to another, both of them too."""

    array: int
    first: int
    last: int


def named(word: str) -> Named | None:
    """Return the jobs of an array that a word names; None for any other word."""
    found = _NAMED.fullmatch(word)
    if found is None:
        return None
    if found[2] is None:
        return Named(int(found[1]), 0, _LAST)
    return Named(int(found[1]), int(found[2]), int(found[3] or found[2]))


def spans(numbers: Sequence[int]) -> str:
    """Return numbers in order, as short as can be: ``0-3,7``, or ``0-95:5``."""
    ordered = sorted(numbers)
    steps = {after - before for before, after in pairwise(ordered)}
    if len(ordered) > 2 and len(steps) == 1 and steps != {1}:
        return f"{ordered[0]}-{ordered[-1]}:{steps.pop()}"
    parts: list[list[int]] = []
    for number in ordered:
        if parts and parts[-1][-1] == number - 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number])
    return ",".join("-".join(map(str, part)) for part in parts)
