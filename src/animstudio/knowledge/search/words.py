"""Words of a text as they are indexed and looked for: folded, stemmed, Chinese in pairs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, Final

_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ffff"
_WORD: Final = re.compile(rf"[{_HAN}]+|(?:(?![{_HAN}])[^\W_])+(?:['’](?:(?![{_HAN}])[^\W_])+)*")
_PLAIN_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
"""The same for texts without Chinese, several times faster."""
_CAMEL: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_POSSESSIVE: Final = re.compile("['’][sS]$")
_IS_HAN: Final = re.compile(f"[{_HAN}]")

_ENGLISH: Final = """
a about above after again against all am an and any are as at be because been before being
below between both but by can could did do does doing down during each few for from further had
has have having he her here hers herself him himself his how i if in into is it its itself just
me more most my myself no nor not now of off on once only or other our ours ourselves out over
own same she should so some such than that the their theirs them themselves then there these
they this those through to too under until up very was we were what when where which while who
whom why will with would you your yours yourself
"""
STOP_WORDS: Final = frozenset(_ENGLISH.split())
"""English words that tell nothing of what a passage is about."""


def terms(text: str) -> Iterator[str]:
    """Give the terms of a text in order; a word of code gives its parts besides (``fooBar``)."""
    for found in _words(text):
        yield from _terms_of(found[0])


def spans(text: str, wanted: frozenset[str]) -> list[tuple[int, int]]:
    """Return the characters of a text on which words with one of these terms stand."""
    found: list[tuple[int, int]] = []
    for word in _words(text):
        here = _terms_of(word[0])
        if wanted.isdisjoint(here):
            continue
        start, end = word.span()
        if not _IS_HAN.match(word[0]):
            found.append((start, end))
            continue
        for place, pair in enumerate(here, start):
            if pair not in wanted:
                continue
            if found and found[-1][1] > place:
                found[-1] = (found[-1][0], place + len(pair))
            else:
                found.append((place, place + len(pair)))
    return found


def _words(text: str) -> Iterator[re.Match[str]]:
    plain = text.isascii() or not _IS_HAN.search(text)
    return (_PLAIN_WORD if plain else _WORD).finditer(text)


@lru_cache(200_000)
def _terms_of(word: str) -> tuple[str, ...]:
    if _IS_HAN.match(word):
        return tuple(word[i : i + 2] for i in range(len(word) - 1)) or (word,)
    word = _POSSESSIVE.sub("", word)
    parts = _CAMEL.findall(word) if not word.islower() and not word.isupper() else ()
    whole = _stem(word)
    every = (whole, *map(_stem, parts)) if len(parts) > 1 and not word.istitle() else (whole,)
    return tuple(filter(None, every))  # of an accent that stands alone, nothing is left


def _stem(word: str) -> str:
    folded = unicodedata.normalize("NFKD", word.casefold().replace("’", "'"))
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    stemmed: str = _stemmer().stemWord(plain)
    return stemmed or plain  # Porter leaves nothing of "s"


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("porter")
