"""Where sentences end, in Latin and Chinese, Japanese and Korean writing.

A full stop ends one when white space and a beginning follow, and not behind a title, an initial
or another usual abbreviation. 。！？； end one wherever they stand. Marks that exports of
assistants leave behind a full stop (``[13]``, ``:contentReference[oaicite:4]{index=4}``,
``【4†source】``) belong to the sentence before them, and so do closing quotes and brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_RESIDUE: Final = (
    r":contentReference\[oaicite:[^\]\n]{1,20}\](?:\{[^}\n]{0,40}\})?"
    r"|[ ]?\[\^?\d{1,3}(?:[,–-]\s?\d{1,3})*\]"
    r"|【[^】\n]{1,60}】"
)
_CLOSING: Final = r"[\"'”’»)\]）」』》〉】*_]"
_END: Final = re.compile(
    rf"(?:(?<![.!?…])[.!?…]+(?:{_RESIDUE}|{_CLOSING})*(?=\s)|[。！？；｡]+(?:{_RESIDUE}|{_CLOSING})*)[^\S\n]*\n?"
    r"|\n[^\S\n]*\n\s*"
)
_ABBREVIATION: Final = re.compile(
    r"(?:\b(?i:mr|mrs|ms|dr|prof|st|jr|sr|vs|etc|approx|dept|fig|figs|eq|no|nos|vol|ch|sec|pp|ed|eds"
    r"|gen|col|lt|sgt|capt|rev|hon|e\.g|i\.e|cf|al|inc|ltd|co|corp|int|ext|est|z\.b|bzw|sig|dott)"
    r"|\b[A-Z])\.$",
)
_LOWER_NEXT: Final = re.compile(r"\s*[a-zà-öø-ÿ]")


def sentence_ends(text: str, start: int = 0, end: int | None = None) -> Iterator[int]:
    """Yield where the next sentence begins, after each that ends inside ``text[start:end]``."""
    stop = len(text) if end is None else end
    for found in _END.finditer(text, start, stop):
        place = found.end()
        while place < stop and text[place].isspace():
            place += 1
        if place < stop and not _goes_on(text, found, place):
            yield place


def _goes_on(text: str, found: re.Match[str], place: int) -> bool:
    """Return whether the full stop was none, or only an abbreviation's."""
    stop = found.start() + 1
    if not found.group().startswith((".", "…")) or text.count("\n", stop, place) > 1:
        return False
    if _LOWER_NEXT.match(text, place):
        return True
    return bool(_ABBREVIATION.search(text, max(0, stop - 12), stop))
