"""``characters.yaml``: the cast as people edit it. What it says binds the next run.

    characters:            who is who: tracks under one name are one character,
      luca:                those under different names are different ones
        - film_s0001_t01
      character_02: [film_s0002_t01, film_s0002_t02]
    rename: {character_02: giulia}
    merge: [[luca, character_05]]             the first name stays
    split: {character_03: [[film_s0004_t01], [film_s0009_t02]]}
    reject: [character_07, film_s0011_t03]    names or tracks: nobody's

All parts are optional. Names in `rename`, `merge`, `split` and `reject` are those that stand
in `characters`. What is split comes first, then what is merged, rejected and renamed.
`cast_file` reads it; nothing ever writes to it, so comments stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import yaml

from animstudio.characters.cluster_records import METADATA, NOISE
from animstudio.kernel.errors import AskedWrongly

CAST: Final = "characters.yaml"
LONGEST: Final = 240
"""Bytes of a name: folders may have 255, and datasets put a number before it."""
_NAME: Final = re.compile(r"[^\W.](?:[\w .'-]{0,78}[\w.'-])?")
_RESERVED: Final = (NOISE, METADATA, CAST)
"""What lies beside the folders of characters already."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Tracks by the name of who they are, and the tracks that nobody wants."""

    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rejected: frozenset[str] = frozenset()


def check_name(name: str, where: str) -> None:
    """Raise AskedWrongly for what cannot be a character's name."""
    cannot = f"{where}: '{name}' cannot be a character's name:"
    # Accents and vowel signs that are characters of their own stand behind a letter.
    letters = "".join(sign for sign in name if not unicodedata.category(sign).startswith("M"))
    if not _NAME.fullmatch(letters):
        raise AskedWrongly(f"{cannot} it names a folder",
                           hint="letters, digits, spaces, . ' _ and - will do")  # fmt: skip
    if alike(name) in _RESERVED:
        raise AskedWrongly(f"{cannot} there is a file or folder called so already")
    if len(name.encode()) > LONGEST:
        raise AskedWrongly(f"{cannot} it is too long for a folder's: {len(name.encode())} bytes, "
                           f"{LONGEST} at most")  # fmt: skip


def alike(name: str) -> str:
    """Return what names have in common whose folders, or files, are one on many disks."""
    return unicodedata.normalize("NFC", name).casefold()


def cast_text(named: Mapping[str, Sequence[str]], noise: Sequence[str]) -> str:
    """Return the YAML of a cast as it was found, with a word on how to edit it."""
    content = {"characters": {name: list(tracks) for name, tracks in named.items()}}
    body = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    left = "".join(f"#   {track}\n" for track in noise)
    return _HEAD + body + (f"# Nobody's:\n{left}" if noise else "")


_HEAD: Final = """\
# The cast as it was found. To correct it, copy this file to characters.yaml in the output
# folder (animstudio characters cast OUTPUT does), edit it there, and run the same command again.
# Your copy is never written to; this file is made anew by every run.
#   rename: {character_01: luca}            merge: [[luca, character_05]]
#   split: {luca: [[track, ...], [track]]}  reject: [character_07, some_track]
"""
