"""A film's sound and subtitle tracks, as its container declares them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.subtitles.stream import SubtitleStream


@dataclass(frozen=True, slots=True)
class SoundTrack:
    """One of a film's sound tracks, as the container declares it.

    `number` counts the sound tracks from 0. `language` is as the container says it, usually three
    letters (ISO 639-2), or empty.
    """

    number: int
    codec: str
    channels: int
    layout: str
    rate: int
    language: str
    title: str
    default: bool


@dataclass(frozen=True, slots=True)
class SubtitleTrack:
    """One of a film's subtitle tracks; `number` counts them from 0."""

    number: int
    codec: str
    language: str
    title: str
    default: bool
    forced: bool


def sound_tracks(container: InputContainer) -> tuple[SoundTrack, ...]:
    """Return what the container says of its sound tracks, in their order."""
    return tuple(_sound(number, s) for number, s in enumerate(container.streams.audio))


def subtitle_tracks(container: InputContainer) -> tuple[SubtitleTrack, ...]:
    """Return what the container says of its subtitle tracks, in their order."""
    return tuple(_subtitle(number, s) for number, s in enumerate(container.streams.subtitles))


def _sound(number: int, stream: AudioStream) -> SoundTrack:
    from av.stream import Disposition

    coder = stream.codec_context
    channels = coder.layout.nb_channels if coder else 0
    return SoundTrack(
        number=number,
        codec=coder.name if coder else "unknown",
        channels=channels,
        layout={1: "mono", 2: "stereo"}.get(channels, coder.layout.name if coder else ""),
        rate=coder.sample_rate if coder else 0,
        language=stream.language or "",
        title=stream.metadata.get("title", ""),
        default=bool(stream.disposition & Disposition.default),
    )


def _subtitle(number: int, stream: SubtitleStream) -> SubtitleTrack:
    from av.stream import Disposition

    return SubtitleTrack(
        number=number,
        codec=stream.codec_context.name if stream.codec_context else "unknown",
        language=stream.language or "",
        title=stream.metadata.get("title", ""),
        default=bool(stream.disposition & Disposition.default),
        forced=bool(stream.disposition & Disposition.forced),
    )
