"""Exact wording: what stands in quotation marks, and names that are the whole question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from animstudio.knowledge.search.words import terms

_QUOTED: Final = re.compile(r'"([^"]+)"|“([^”]+)”|「([^」]+)」')
_SHORT: Final = 4
"""A question of so many words or fewer may be a name, and is looked for as it stands, too."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Terms that must follow each other; `required` where the user put them in quotes."""

    terms: tuple[str, ...]
    required: bool

    def stands_in(self, text: str) -> bool:
        """Return whether a text has the phrase, whatever stands between its words."""
        wanted, size = self.terms, len(self.terms)
        found = tuple(terms(text))
        return any(
            found[i : i + size] == wanted
            for i, term in enumerate(found[: len(found) - size + 1])
            if term == wanted[0]
        )


def phrases(query: str) -> Sequence[Phrase]:
    """Return what must stand there word for word, else the whole of a short question."""
    quoted = [next(part for part in found.groups() if part) for found in _QUOTED.finditer(query)]
    required = [Phrase(each, True) for text in quoted if (each := tuple(terms(text)))]
    if required:
        return required
    every = tuple(terms(query))
    return [Phrase(every, False)] if 2 <= len(every) <= _SHORT else []
