"""Names of files as they can be shown, and as trainers take them.

A file may be called by bytes that are no text.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby


def valid(text: str) -> str:
    """Return a text that can be written as UTF-8: bytes that are none become U+FFFD."""
    return text.encode(errors="surrogateescape").decode(errors="replace")


def shown(text: str) -> str:
    """Return a name on one line: valid, with line breaks and other controls as escapes."""
    return "".join(
        sign.encode("unicode_escape").decode() if unicodedata.category(sign) == "Cc" else sign
        for sign in valid(text)
    )


def is_plain(name: str) -> bool:
    """Return whether a name is shown as it is."""
    return shown(name) == name


def tidy(name: str) -> str:
    """Return a name that every trainer takes: no spaces, and few parts for kohya to split at."""
    return re.sub(r"[^\w.]+|_+", _hyphens, name).strip("-.") or "picture"


def _hyphens(found: re.Match[str]) -> str:
    """Return a hyphen for what is no letter; accents and vowel signs belong to letters."""
    marks = groupby(found[0], key=lambda sign: unicodedata.category(sign).startswith("M"))
    return "".join("".join(run) if kept else "-" for kept, run in marks)
