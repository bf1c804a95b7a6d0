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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import yaml

from animstudio.kernel.errors import AskedWrongly

_NAME: Final = re.compile(r"[^\W.](?:[\w .'-]{0,78}[\w.'-])?")
_RESERVED: Final = ("noise",)


@dataclass(frozen=True, slots=True)
class Cast:
    """Tracks by the name of who they are, and the tracks that nobody wants."""

    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rejected: frozenset[str] = frozenset()


def check_name(name: str, where: str) -> None:
    """Raise AskedWrongly for what cannot be a character's name."""
    if not _NAME.fullmatch(name) or name.casefold() in _RESERVED:
        raise AskedWrongly(
            f"{where}: '{name}' cannot be a character's name: it names a folder",
            hint="letters, digits, spaces, . ' _ and - will do",
        )


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
