"""Numbers, times and names as training programs print them."""

from __future__ import annotations

import math
import re
from typing import Final

NUMBER: Final = (
    r"[-+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
    r"|[-+]?(?:nan|inf(?:inity)?)\b"
)
"""``195``, ``1,300``, ``0.0912``, ``1e-4``, ``nan``, ``-inf``; to be matched in any case."""
SPAN: Final = r"(?:\d+ days?, )?\d+:\d+(?::\d+)?"
"""``12:17``, ``1:02:03``, ``2 days, 1:02:03``."""
_SPAN = re.compile(r"(?:(\d+) days?, )?(?:(\d+):)?(\d+):(\d+)")
_SCALES = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


def number(text: str) -> float:
    """Return the number that a text matching `NUMBER` says."""
    return float(text.replace(",", ""))


def scaled(text: str) -> float:
    """Return a number with a suffix of thousands: ``1.2k``. Raises ValueError."""
    scale = _SCALES.get(text[-1:], 0.0)
    return number(text[:-1]) * scale if scale else number(text)


def seconds(text: str) -> float | None:
    """Return the seconds of a text such as ``12:17``; None for ``?``."""
    found = _SPAN.fullmatch(text.strip())
    if not found:
        return None
    days, hours, minutes, rest = (int(part or 0) for part in found.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + rest)


def whole(value: float | None) -> int | None:
    """Return a count; None for what is none, such as ``nan``."""
    return int(value) if value is not None and math.isfinite(value) and value >= 0 else None
