"""What a film is: the facts of its streams, checked against its first picture.

Containers lie: about size, rotation, fields and when the film starts. So one picture is decoded,
and what it says wins over what the container declares.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from animstudio.kernel.errors import UnreadableFilm
from animstudio.media.container import open_container
from animstudio.media.geometry import Geometry, orientation
from animstudio.media.refusal import refusal
from animstudio.media.tracks import SoundTrack, SubtitleTrack, sound_tracks, subtitle_tracks

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

Transfer = Literal["sdr", "pq", "hlg"]


@dataclass(frozen=True, slots=True)
class FilmProbe:
    """What a film is.

    container:     FFmpeg's name of the format, for example "mov,mp4,m4a,3gp,3g2,mj2".
    title:         the film's own title, or empty.
    duration:      seconds as declared, from the film's start on; None when unknown. Damaged films
                   declare too much.
    video_index:   index of the stream that is the film, among all streams.
    width, height: coded pixels.         pixel_aspect: width of a pixel over its height.
    rotation:      degrees clockwise to turn the picture for display: 0, 90, 180 or 270.
    mirrored:      before that, left and right must be exchanged.
    time_base:     seconds a tick.       rate: average frames a second.
    start:         seconds on the container's clock of the first picture that decodes.
    frame_count:   frames as declared, without those that an edit list hides; None when the
                   container does not say.
    pixel_format:  FFmpeg's name, for example "yuv420p10le".      bits: bits a sample.
    transfer:      "pq" and "hlg" are high dynamic range, everything else is "sdr".
    colour_space:  FFmpeg's number for the YUV matrix (1 BT.709, 2 unnamed, 5 BT.601, 9 BT.2020).
    full_range:    samples span 0-255 rather than 16-235.
    interlaced:    the first picture is stored as two fields.
    """

    path: Path
    container: str
    title: str
    duration: float | None
    video_index: int
    codec: str
    width: int
    height: int
    pixel_aspect: Fraction
    rotation: int
    mirrored: bool
    time_base: Fraction
    rate: Fraction
    start: Fraction
    frame_count: int | None
    pixel_format: str
    bits: int
    transfer: Transfer
    colour_space: int
    full_range: bool
    interlaced: bool
    sound: tuple[SoundTrack, ...]
    subtitles: tuple[SubtitleTrack, ...]

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height as seen: square pixels, upright; no side shrinks."""
        return Geometry.of(self).display_size


def probe(path: Path) -> FilmProbe:
    """Return what a film is; one picture is decoded.

    Raises AskedWrongly where there is no such file, and UnreadableFilm, in words that name the
    cause, for one that is no film or of which no picture decodes.
    """
    try:
        opened = open_container(path)
    except UnreadableFilm as error:
        raise refusal(path) from error
    with opened as container:
        stream = picture_stream(container)
        if stream is None:
            raise UnreadableFilm(path, _without_picture(container))
        frame = first_picture(container, stream)
        if frame is None:
            name = stream.codec_context.name
            raise refusal(path, f"not one picture of its video ({name}) can be decoded")
        return _described(path, container, stream, frame)


def _without_picture(container: InputContainer) -> str:
    if any(stream.codec_context is None for stream in container.streams.video):
        return "its video is in a format that nothing here can decode"
    if container.streams.audio:
        art = " (its only picture is cover art)" if container.streams.video else ""
        return f"there is sound in it, but no film{art}"
    return "there is no video in it"


def _described(
    path: Path, container: InputContainer, stream: VideoStream, frame: VideoFrame
) -> FilmProbe:
    base = frame.time_base or stream.time_base or Fraction(1, 90_000)
    rate = stream.average_rate or stream.guessed_rate or stream.base_rate or Fraction(25)
    rotation, mirrored = _orientation(frame)
    return FilmProbe(
        path=path,
        container=container.format.name,
        title=container.metadata.get("title", ""),
        duration=_duration(container, stream),
        video_index=stream.index,
        codec=stream.codec_context.name,
        width=frame.width,
        height=frame.height,
        pixel_aspect=_pixel_aspect(stream),
        rotation=rotation,
        mirrored=mirrored,
        time_base=base,
        rate=rate,
        start=(frame.pts or 0) * base,
        frame_count=_frame_count(stream, rate),
        pixel_format=frame.format.name,
        bits=max(component.bits for component in frame.format.components),
        transfer=_transfer(frame),
        colour_space=int(frame.colorspace),
        full_range=int(frame.color_range) == 2 or frame.format.name.startswith("yuvj"),
        interlaced=frame.interlaced_frame,
        sound=sound_tracks(container),
        subtitles=subtitle_tracks(container),
    )


def picture_stream(container: InputContainer) -> VideoStream | None:
    """Return the stream that is the film, or None.

    Cover art and thumbnails are video streams too, and are passed over; among the others the one
    marked as default wins, then the largest picture, then the first.
    """
    from av.stream import Disposition

    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    streams = [
        stream
        for stream in container.streams.video
        if stream.codec_context is not None and not stream.disposition & covers
    ]

    def rank(stream: VideoStream) -> tuple[bool, int]:
        size = stream.codec_context.width * stream.codec_context.height
        return bool(stream.disposition & Disposition.default), size

    return max(streams, key=rank, default=None)


def first_picture(container: InputContainer, stream: VideoStream) -> VideoFrame | None:
    """Return the first frame that decodes, or None; packets that do not are passed over."""
    import av

    stream.codec_context.thread_count = 1  # frame threads would hold the first one back
    try:
        for packet in container.demux(stream):
            try:
                frames = stream.codec_context.decode(packet)
            except av.FFmpegError:
                continue
            if frames:
                return frames[0]
    except av.FFmpegError:
        return None
    return None


def first_picture_time(path: Path) -> Fraction | None:
    """Return when a film's first picture is shown, in seconds of the container's clock.

    None for a file without pictures.
    """
    with open_container(path) as container:
        stream = picture_stream(container)
        frame = first_picture(container, stream) if stream else None
        if frame is None or frame.pts is None or frame.time_base is None:
            return None
        return frame.pts * frame.time_base


def _duration(container: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if not container.duration:
        return None
    # Matroska declares when a film ends on its clock, not how long it is.
    begin = container.start_time if "matroska" in container.format.name else 0
    return max(0, container.duration - max(0, begin or 0)) / 1_000_000


def _frame_count(stream: VideoStream, rate: Fraction) -> int | None:
    if not stream.frames:
        return None
    if not stream.duration or not stream.time_base:
        return stream.frames
    return max(1, min(stream.frames, round(stream.duration * stream.time_base * rate)))


def _orientation(frame: VideoFrame) -> tuple[int, bool]:
    side_data: Any = frame.side_data
    matrix = next((each for each in side_data if each.type.name == "DISPLAYMATRIX"), None)
    return orientation(bytes(matrix)) if matrix else (0, False)


def _pixel_aspect(stream: VideoStream) -> Fraction:
    """Return the container's word over the stream's, as players do; nonsense is square."""
    for aspect in (stream.sample_aspect_ratio, stream.codec_context.sample_aspect_ratio):
        if aspect and Fraction(1, 20) <= aspect <= 20:
            return Fraction(aspect)
    return Fraction(1)


def _transfer(frame: VideoFrame) -> Transfer:
    """Name the transfer: SMPTE ST 2084 is FFmpeg's 16, ARIB STD-B67 its 18."""
    if int(frame.color_trc) == 16:
        return "pq"
    return "hlg" if int(frame.color_trc) == 18 else "sdr"
