"""Subtitles that lie inside a film, as documents of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from animstudio.kernel.errors import StudioError
from animstudio.knowledge.belonging import PassedOver
from animstudio.knowledge.documents.names import readable
from animstudio.knowledge.gather import Piece
from animstudio.media.subtitles import TEXTS, as_srt, read_subtitles
from animstudio.media.tracks import SubtitleTrack

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_UNKNOWN: Final = "und"
"""What MP4 says where nobody said a language."""


def subtitles_inside(
    film: str, file: Path, tracks: Sequence[SubtitleTrack], *, passed_over: PassedOver
) -> Iterator[Piece]:
    """Yield a film's own subtitle tracks as SubRip documents, ``subtitles/luca.track1.eng.srt``.

    tracks: those that the film declares. Where one of them is text, all of the file is read,
    undecoded; otherwise nothing is. A track without a word that can be read is passed over.
    """
    texts = [track for track in tracks if track.codec in TEXTS]
    if not texts:
        return
    try:
        spoken = {each.track.number: each.cues for each in read_subtitles(file)}
    except (StudioError, OSError) as error:
        passed_over(f"{readable(file)}, its subtitle tracks", str(error))
        return
    for track in texts:
        origin = f"{readable(file)}, subtitle track {track.number + 1}"
        if track.number in spoken:
            path = f"subtitles/{_name(film, track)}"
            yield Piece(path, as_srt(spoken[track.number]), origin, "subtitles", film)
        else:
            passed_over(origin, "not one line of it can be read")


def _name(film: str, track: SubtitleTrack) -> str:
    known = _LANGUAGE.fullmatch(track.language) and track.language != _UNKNOWN
    return ".".join([film, f"track{track.number + 1}", *([track.language] if known else []), "srt"])
