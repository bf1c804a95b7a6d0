"""Subtitles that lie inside a film, as documents of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from animstudio.knowledge.documents.names import readable
from animstudio.knowledge.gather import Piece
from animstudio.media.subtitles import as_srt, read_subtitles

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_UNKNOWN: Final = "und"
"""What MP4 says where nobody said a language."""


def subtitles_inside(film: str, file: Path) -> Iterator[Piece]:
    """Yield a film's own subtitle tracks as SubRip documents, ``subtitles/luca.track1.eng.srt``.

    Raises UnreadableFilm for what is no film. All of the file is read, undecoded, if it has such
    tracks.
    """
    for spoken in read_subtitles(file):
        language = spoken.track.language
        known = _LANGUAGE.fullmatch(language) and language != _UNKNOWN
        number = spoken.track.number + 1
        name = ".".join([film, f"track{number}", *([language] if known else []), "srt"])
        origin = f"{readable(file)}, subtitle track {number}"
        yield Piece(f"subtitles/{name}", as_srt(spoken.cues), origin, "subtitles", film)
