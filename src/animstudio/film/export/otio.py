"""The shot list as an OpenTimelineIO timeline: Resolve, Premiere, Blender and others open it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from animstudio.film.export.clips import Clip, clips
from animstudio.film.export.spec import USUAL, ExportSpec
from animstudio.film.export.timecode import TimecodeRate, grid_frame, timecode_rate
from animstudio.film.measures import Measures
from animstudio.film.shot import Shot
from animstudio.kernel.errors import WorkFailed


def otio(
    shots: Sequence[Shot],
    measures: Measures,
    *,
    title: str,
    media: PurePath,
    sound: bool = False,
    remarks: Mapping[int, str] | None = None,
    spec: ExportSpec = USUAL,
) -> str:
    """Return the timeline as OTIO's JSON text.

    One video track (and, with `sound`, one audio track cut alike) whose clips refer to
    `media`: an absolute path becomes a ``file://`` URL, a relative one stays relative to the
    timeline. Gradual transitions are SMPTE_Dissolve, with the kind in their metadata; fades at
    the film's ends, where nothing is on the other side, are markers. `remarks` become markers
    by shot number.

    A rate that timecode does not have is kept as it is: OTIO needs no timecode. Only
    `spec.media_start` does, and is then refused.
    """
    rate = _rate(measures, spec)
    offset = 0 if spec.media_start == "00:00:00:00" else rate.frame(spec.media_start)
    cut_list = clips(shots, measures, rate)
    length = grid_frame(measures, len(measures), rate)
    reference = _Media(_url(media), media.name, offset, max(length, cut_list[-1].end), rate)
    return _timeline(cut_list, title, reference, sound, remarks or {})


class _Media:
    """The film's file as OTIO refers to it, and times at its rate."""

    def __init__(self, url: str, name: str, offset: int, length: int, rate: TimecodeRate) -> None:
        self.url, self.name, self.offset, self.length = url, name, offset, length
        self.rate = rate

    def time(self, frames: int) -> Any:
        from opentimelineio.opentime import RationalTime

        return RationalTime(frames, float(self.rate.exact))

    def span(self, start: int, end: int) -> Any:
        """Return frames [start, end) of the film as a range of the file's own time."""
        from opentimelineio.opentime import TimeRange

        return TimeRange(self.time(start + self.offset), self.time(end - start))

    def reference(self) -> Any:
        from opentimelineio.schema import ExternalReference

        found = ExternalReference(self.url, self.span(0, self.length))
        found.name = self.name
        return found


def _timeline(
    cut_list: Sequence[Clip], title: str, media: _Media, sound: bool, remarks: Mapping[int, str]
) -> str:
    from opentimelineio.schema import Timeline, Track, TrackKind

    timeline = Timeline(name=title, global_start_time=media.time(media.offset))
    video = Track(name="V1", kind=TrackKind.Video)
    for clip in cut_list:
        if clip.mixes:
            video.append(_dissolve(clip, media))
        placed = _clip(clip, media)
        placed.markers.extend(_markers(clip, media, remarks.get(clip.number, "")))
        video.append(placed)
    timeline.tracks.append(video)
    if sound:
        audio = Track(name="A1", kind=TrackKind.Audio)
        audio.extend(_clip(clip, media) for clip in cut_list)
        timeline.tracks.append(audio)
    return str(timeline.to_json_string(indent=2)) + "\n"


def _clip(clip: Clip, media: _Media) -> Any:
    from opentimelineio import schema

    return schema.Clip(
        name=f"Shot {clip.number}",
        media_reference=media.reference(),
        source_range=media.span(clip.start, clip.end),
        metadata={"animstudio": {"scene": clip.number}},
    )


def _dissolve(clip: Clip, media: _Media) -> Any:
    from opentimelineio.schema import Transition, TransitionTypes

    return Transition(
        name=f"{clip.opening} to shot {clip.number}",
        transition_type=TransitionTypes.SMPTE_Dissolve,
        in_offset=media.time(clip.before),
        out_offset=media.time(clip.after),
        metadata={"animstudio": {"kind": clip.opening}},
    )


def _markers(clip: Clip, media: _Media, remark: str) -> list[Any]:
    from opentimelineio.schema import Marker, MarkerColor

    marks = []
    if clip.opening == "fade_in":
        marks.append(("fade in", clip.start, MarkerColor.BLACK))
    if clip.closing == "fade_out":
        marks.append(("fade out", clip.end - 1, MarkerColor.BLACK))
    if remark:
        marks.append((remark, clip.start, MarkerColor.CYAN))
    return [
        Marker(name=name, marked_range=media.span(at, at + 1), color=colour)
        for name, at, colour in marks
    ]


def _rate(measures: Measures, spec: ExportSpec) -> TimecodeRate:
    try:
        return timecode_rate(measures, drop=spec.drop_frame)
    except WorkFailed:
        if spec.media_start != "00:00:00:00":
            raise
        return TimecodeRate(Fraction(measures.rate))


def _url(media: PurePath) -> str:
    return media.as_uri() if media.is_absolute() else quote(media.as_posix())
