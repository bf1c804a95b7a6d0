"""What is said of a picture: the trigger first, one line, never nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from animstudio.dataset.crop import LEVEL
from animstudio.dataset.sources import Source
from animstudio.dataset.visible import visible
from animstudio.kernel.errors import AskedWrongly, nearest
from animstudio.knowledge.documents.colour_words import colour_word
from animstudio.media.resample import resample
from animstudio.media.views import Bytes

WORDS: Final = ("trigger", "character", "shot_size", "view", "palette", "film")
LEAST: Final = 0.08
"""Share of the subject that a colour has at least to be named."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture to be described: BGR, the subject's mask, and where it comes from."""

    picture: Bytes
    mask: NDArray[np.bool_] | None
    source: Source
    character: str
    trigger: str


class Captioner(Protocol):
    """Says in words what a picture shows; a model may stand behind it."""

    @property
    def name(self) -> str:
        """Whom the dataset names as the captions' author."""
        ...

    def describe(self, shown: Shown) -> str:
        """Return a description; the trigger is put in front of it where it does not lead."""
        ...


@dataclass(frozen=True, slots=True)
class TemplateCaptioner:
    """Fills a template with what is known of the picture; what is not known is left out."""

    template: str
    name: str = "template"

    def __post_init__(self) -> None:
        for word in re.findall(r"\{(\w*)\}", self.template):
            if word not in WORDS:
                raise AskedWrongly(f"caption: no word '{{{word}}}'{nearest(word, WORDS)}")

    def describe(self, shown: Shown) -> str:
        """Return the filled template."""
        seen = visible(shown.picture, shown.mask, shown.source)
        known = {
            "trigger": shown.trigger,
            "character": shown.character,
            "shot_size": seen.size,
            "view": seen.view,
            "palette": palette(shown.picture, shown.mask),
            "film": shown.source.film or "",
        }
        return filled(self.template, known)


def filled(template: str, known: Mapping[str, str]) -> str:
    """Return a template's parts, between commas, of which every word is known."""
    parts = [
        re.sub(r"\{(\w+)\}", lambda found: known[found[1]], part).strip()
        for part in template.split(",")
        if all(known[word] for word in re.findall(r"\{(\w+)\}", part))
    ]
    return ", ".join(part for part in parts if part)


def one_line(text: str, trigger: str) -> str:
    """Return a caption as trainers read it: one line, and the trigger leads."""
    bare = (" " if unicodedata.category(sign) == "Cc" else sign for sign in text)
    plain = " ".join("".join(bare).replace("\ufeff", "").split())
    rest = [part.strip() for part in plain.split(",")]
    rest = [part for part in rest if part and part.casefold() != trigger.casefold()]
    if rest and rest[0].casefold().startswith(f"{trigger.casefold()} "):
        return ", ".join(rest)
    return ", ".join([trigger, *rest])


def palette(picture: Bytes, mask: NDArray[np.bool_] | None, count: int = 2) -> str:
    """Return the subject's main colours in words, such as ``brown and white``.

    Shades of one colour are that colour: the usual one gives the word.
    """
    size = (64, 64)
    small = resample(picture, size)
    if mask is not None and mask.any():
        inside = resample(mask.astype(np.uint8) * 255, size) > 127
        small = small[inside] if inside.any() else small.reshape(-1, 3)
    else:
        small = small.reshape(-1, 3)
        there = (small != LEVEL).any(axis=1)  # grey was added to reach a bucket's shape
        small = small[there] if there.any() else small
    steps = small.astype(np.int64) // 48
    keys = steps @ np.array([36, 6, 1])
    shades: dict[str, dict[str, int]] = {}
    for key in np.unique(keys).tolist():
        own = small[keys == key]
        blue, green, red = own.mean(axis=0).round().astype(int).tolist()
        word = colour_word(f"#{red:02x}{green:02x}{blue:02x}")
        shares = shades.setdefault(word.split()[-1], {})
        shares[word] = shares.get(word, 0) + len(own)
    order = sorted(shades, key=lambda colour: (-sum(shades[colour].values()), colour))
    large = [c for c in order[:count] if sum(shades[c].values()) >= len(small) * LEAST]
    return " and ".join(min(shades[c], key=lambda word: (-shades[c][word], word)) for c in large)
