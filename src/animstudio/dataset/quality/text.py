"""Text burnt into a picture: who looks for it, and what is said where nobody does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from animstudio.kernel.errors import MissingExtra
from animstudio.media.views import Bytes
from animstudio.models.text_finder import build_text_finder, text_share

FindText = Callable[[Bytes], float]
"""Returns the share of a BGR picture (h, w, 3) that lines of text cover, 0-1."""
WHAT: Final = "text in the pictures (subtitles, credits, marks)"


def text_finder(wanted: bool) -> tuple[FindText | None, str]:
    """Return what looks for text, or None and why nobody looks, in words."""
    if not wanted:
        return None, f"{WHAT}: not checked; --text looks for it"
    try:
        finder = build_text_finder()
    except MissingExtra as error:
        return None, f"{WHAT}: not checked: {error.hint}"
    return lambda picture: text_share(finder.lines(picture)), ""
