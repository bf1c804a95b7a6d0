"""What is said of a picture: the trigger first, one line, never nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from animstudio.dataset.sources import Source
from animstudio.kernel.errors import AskedWrongly, nearest
from animstudio.knowledge.documents.colour_words import colour_word
from animstudio.media.resample import resample
from animstudio.media.views import Bytes

WORDS: Final = ("trigger", "character", "shot_size", "view", "palette", "film")


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
        known = {
            "trigger": shown.trigger,
            "character": shown.character,
            "shot_size": shot_size(shown.source),
            "view": view(shown.source),
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
    plain = " ".join(text.replace("\ufeff", "").split())
    rest = [part.strip() for part in plain.split(",")]
    rest = [part for part in rest if part and part.casefold() != trigger.casefold()]
    if rest and rest[0].casefold().startswith(f"{trigger.casefold()} "):
        return ", ".join(rest)
    return ", ".join([trigger, *rest])


def shot_size(source: Source) -> str:
    """Return how close the camera is, by how much of the frame's height the character fills."""
    if source.box is None or source.frame_size is None:
        return ""
    share = source.box[3] / source.frame_size[1]
    steps = ((0.95, "close-up"), (0.7, "medium shot"), (0.35, "full shot"))
    return next((name for least, name in steps if share >= least), "long shot")


def view(source: Source) -> str:
    """Return which part of the character is seen, where the frame's edge cuts it."""
    if source.box is None or source.frame_size is None:
        return ""
    x, y, width, height = source.box
    below = y + height >= source.frame_size[1] - 1
    side = x <= 0 or x + width >= source.frame_size[0] - 1
    if below and not side:
        return "upper body" if y > 0 else ""
    return "" if below or side or y <= 0 else "whole figure"


def palette(picture: Bytes, mask: NDArray[np.bool_] | None, count: int = 2) -> str:
    """Return the subject's main colours in words, such as ``brown and white``."""
    size = (64, 64)
    small = resample(picture, size)
    if mask is not None and mask.any():
        inside = resample(mask.astype(np.uint8) * 255, size) > 127
        small = small[inside] if inside.any() else small.reshape(-1, 3)
    else:
        small = small.reshape(-1, 3)
    steps = small.astype(np.int64) // 48
    keys = steps @ np.array([36, 6, 1])
    shares: dict[str, int] = {}
    for key in np.unique(keys).tolist():
        own = small[keys == key]
        blue, green, red = own.mean(axis=0).round().astype(int).tolist()
        word = colour_word(f"#{red:02x}{green:02x}{blue:02x}")
        shares[word] = shares.get(word, 0) + len(own)
    order = sorted(shares, key=lambda word: (-shares[word], word))
    return " and ".join(word for word in order[:count] if shares[word] >= len(small) * 0.08)
