"""Names of files as they can be shown: a file may be called by bytes that are no text."""

from __future__ import annotations

import unicodedata


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
