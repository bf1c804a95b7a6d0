"""The words of a film's own subtitle tracks: what is said, and when.

Tracks of text are read (SubRip, ASS, WebVTT, mov_text); those of pictures (DVD, Blu-ray) are not.
A film has its cues spread over the whole file, so that all of it is walked through, its pictures
and sound undecoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from animstudio.media.container import open_container
from animstudio.media.tracks import SubtitleTrack, subtitle_tracks

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet

TEXTS: Final = frozenset(
    ("subrip", "srt", "ass", "ssa", "webvtt", "mov_text", "text", "microdvd", "subviewer")
)
"""Codecs of tracks that are text."""
_NAME_AT: Final = 3
"""Which field of an ASS event names the speaker, from 0: order, layer, style, name."""

_STYLE: Final = re.compile(r"\{[^{}]*\}")
"""How ASS writes slanted letters, places and fades: FFmpeg turns every format into it."""


@dataclass(frozen=True, slots=True)
class TimedText:
    """Words that are shown from one second of film to another; `speaker` where the track tells."""

    begin: float
    stop: float
    text: str
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class SpokenTrack:
    """A subtitle track with its words, in order of time."""

    track: SubtitleTrack
    cues: tuple[TimedText, ...]


def read_subtitles(path: Path) -> list[SpokenTrack]:
    """Return the subtitle tracks that are text, with their words; those without any are left out.

    Seconds count from the film's beginning. A cue that is damaged is left out.

    Raises UnreadableFilm for what is no film.
    """
    with open_container(path) as container:
        tracks = [track for track in subtitle_tracks(container) if track.codec in TEXTS]
        if not tracks:
            return []
        cues: dict[int, list[TimedText]] = {track.number: [] for track in tracks}
        for number, cue in _cues(container, list(cues)):
            cues[number].append(cue)
    return [
        SpokenTrack(track, tuple(sorted(cues[track.number], key=lambda cue: cue.begin)))
        for track in tracks
        if cues[track.number]
    ]


def as_srt(cues: Sequence[TimedText]) -> str:
    """Return cues as a SubRip file, a speaker as ``[Luca]: Ciao``."""
    blocks = []
    for number, cue in enumerate(cues, 1):
        said = f"[{cue.speaker}]: {cue.text}" if cue.speaker else cue.text
        blocks.append(f"{number}\n{_clock(cue.begin)} --> {_clock(cue.stop)}\n{said}\n")
    return "\n".join(blocks)


def _cues(container: InputContainer, numbers: Sequence[int]) -> Iterator[tuple[int, TimedText]]:
    import av
    from av.stream import Discard

    streams = {container.streams.subtitles[number]: number for number in numbers}
    for other in container.streams:
        if other not in streams:
            other.discard = Discard.all
    packets = container.demux(*streams)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:  # the file ends in the middle: what came before is there
            return
        if packet is None:
            return
        for cue in _said(packet, _beginning(container)):
            yield streams[packet.stream], cue  # type: ignore[index]


def _beginning(container: InputContainer) -> float:
    """Return the second that films of this container begin at."""
    for stream in container.streams.video:
        if stream.start_time is not None and stream.time_base is not None:
            return float(stream.start_time * stream.time_base)
    return 0.0


def _said(packet: Packet[Any], beginning: float) -> Iterator[TimedText]:
    import av

    if packet.pts is None or not packet.size or packet.time_base is None:
        return
    begin = max(0.0, float(packet.pts * packet.time_base) - beginning)
    stop = begin + float((packet.duration or 0) * packet.time_base)
    try:
        events = packet.decode()
    except av.FFmpegError:
        return
    for event in events:
        for field in event if hasattr(event, "__iter__") else (event,):
            text, speaker = _words(field)
            if text:
                yield TimedText(round(begin, 3), round(stop, 3), text, speaker)


def _words(field: object) -> tuple[str, str]:
    """Return what an event shows, and who says it where its line tells."""
    raw, said = getattr(field, "ass", b""), getattr(field, "dialogue", b"")
    parts = raw.decode("utf-8", "replace").split(",")
    speaker = parts[_NAME_AT].strip() if len(parts) > _NAME_AT else ""
    lines = _STYLE.sub("", said.decode("utf-8", "replace")).replace("\\h", " ").splitlines()
    return "\n".join(line.strip() for line in lines if line.strip()), speaker


def _clock(seconds: float) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d},{thousandths:03d}"
