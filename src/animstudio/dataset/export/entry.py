"""What every layout is written from, and how files get their places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from animstudio.dataset.names import tidy
from animstudio.dataset.records import CharacterRecord, PictureRecord
from animstudio.kernel.files import link
from animstudio.media.png import encode_png

Key = tuple[str, str]
"""A picture's character and name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture to be laid out: what is known of it, and where its files lie now."""

    record: PictureRecord
    picture: Path
    mask: Path | None

    @property
    def key(self) -> Key:
        """Its character and name."""
        return self.record.character, self.record.name


@dataclass(frozen=True, slots=True)
class Layout:
    """All that is laid out; `side` is the target size, `batch` the pictures a step."""

    entries: Sequence[Entry]
    characters: Sequence[CharacterRecord]
    side: int
    batch: int = 1

    def of(self, character: str, split: str) -> list[Entry]:
        """Return a character's pictures of a split."""
        return [
            one
            for one in self.entries
            if one.record.character == character and one.record.split == split
        ]


Placed = Mapping[Key, tuple[str, str | None]]
"""Where each picture and its mask went, relative to the folder."""


class Writer(Protocol):
    """Writes one layout below an empty folder."""

    def __call__(self, layout: Layout, folder: Path) -> Placed:
        """Return where everything went."""
        ...


def folder_name(character: str) -> str:
    """Return a character's name as a folder's."""
    return tidy(character)


def put(entry: Entry, folder: Path, place: str) -> str:
    """Give a picture its place below `folder`; return the place."""
    link(entry.picture, folder / place)
    return place


def put_text(folder: Path, place: str, text: str) -> None:
    """Write a small text file; UTF-8, one line feed at its end."""
    path = folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8", newline="\n")


def put_masks(entries: Iterable[Entry], folder: Path, places: Mapping[Key, str]) -> set[Key]:
    """Write the masks of a group of pictures; none if none of them has one.

    Trainers want all or none, so that a picture without one gets a white one: learn everything.
    """
    group = list(entries)
    if not any(entry.mask for entry in group):
        return set()
    for entry in group:
        target = folder / places[entry.key]
        if entry.mask:
            link(entry.mask, target)
            continue
        white = np.full((entry.record.height, entry.record.width), 255, np.uint8)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(encode_png(white))
    return {entry.key for entry in group}


def by_split(layout: Layout) -> dict[str, list[Entry]]:
    """Return the pictures of each split that has some."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in layout.entries:
        found[entry.record.split].append(entry)
    return dict(sorted(found.items()))
