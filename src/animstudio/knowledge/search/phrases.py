"""Exact wording: what stands in quotation marks, and names that are the whole question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from animstudio.knowledge.search.words import terms

_QUOTED: Final = re.compile(r'"([^"]+)"|“([^”]+)”|「([^」]+)」')
_NAME: Final = 4
"""A question of so many words or fewer may be a name, and is looked for as it stands, too."""
_SHORT: Final = 8
"""In longer questions quotation marks are only how people write."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Terms that follow each other; `required` where a question is nothing but what is quoted."""

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
    """Return what is quoted in a question of a few words, else the whole of a shorter one."""
    every = tuple(terms(query))
    if len(every) > _SHORT:
        return []
    quoted = [next(part for part in found.groups() if part) for found in _QUOTED.finditer(query)]
    alone = not any(terms(_QUOTED.sub("", query)))
    named = [Phrase(each, alone) for text in quoted if (each := tuple(terms(text)))]
    return named or ([Phrase(every, False)] if 2 <= len(every) <= _NAME else [])
