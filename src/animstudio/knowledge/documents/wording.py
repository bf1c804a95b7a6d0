"""What language a text is in: by its script, and among those in Latin letters by small words."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

_SCRIPTS: Final = (
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
)
_LATIN: Final = re.compile("[A-Za-z\u00c0-\u024f]+")
_SMALL: Final = {
    "en": "the and of to is in that it with for was you this on he she are be at not his her",
    "it": "il di che è la per un una non sono del della con gli le si ma come nel lo ha",
    "fr": "le la les de des et est une que qui dans pour pas sur au du il elle avec ce",
    "de": "der die das und ist nicht ein eine zu mit den dem von sich auf auch für er sie es",
    "es": "el la los las de que y en un una no es por con para se su lo como pero más",
}
_WORDS: Final = {language: frozenset(words.split()) for language, words in _SMALL.items()}
_SAMPLE: Final = 20_000
_WORTH: Final = 3
"""One Chinese character says about as much as this many Latin letters."""


def language_of(text: str) -> str | None:
    """Return "en", "it", "fr", "de", "es", "zh", "ja", "ko" or "ru"; None where nobody can tell.

    Of a mixed text, the language of the greater part; Chinese characters among kana are Japanese.
    """
    sample = text[:_SAMPLE]
    words = _LATIN.findall(sample.lower())
    latin = sum(map(len, words))
    counts = {name: len(script.findall(sample)) for name, script in _SCRIPTS}
    if counts["ja"] * 5 > counts["zh"]:
        counts["ja"] += counts.pop("zh")
    name, most = max(counts.items(), key=lambda item: item[1])
    if most and most * (_WORTH if name in ("zh", "ja", "ko") else 1) >= latin:
        return name
    return _latin(words)


def _latin(words: list[str]) -> str | None:
    seen = Counter(words)
    scores = {language: sum(seen[word] for word in small) for language, small in _WORDS.items()}
    best, second = sorted(scores, key=lambda language: -scores[language])[:2]
    clear = scores[best] >= 2 and scores[best] > scores[second]
    return best if clear and scores[best] * 20 >= len(words) else None
