"""Films with odd streams, for tests: tracks that start late, have holes, covers, rotations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition
from numpy.typing import NDArray


@dataclass(frozen=True)
class Track:
    """Sound to write. `pieces` are (seconds, samples (channels, n) -1 to 1): holes lie between."""

    pieces: Sequence[tuple[float, NDArray[np.float32]]]
    rate: int = 48_000
    codec: str = "pcm_s16le"
    format: str = "s16"
    layout: str = "mono"
    language: str = ""
    default: bool = True


@dataclass(frozen=True)
class Video:
    """Pictures to write, all alike."""

    start: float = 0
    frames: int = 24
    rate: int = 24
    size: tuple[int, int] = (64, 48)
    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    rotation: int = 0
    aspect: Fraction | None = None
    options: Mapping[str, str] = field(default_factory=dict)


def write(
    path: Path,
    video: Video | None = Video(),
    sound: Sequence[Track] = (),
    *,
    cover: bool = False,
    title: str = "",
    options: Mapping[str, str] | None = None,
) -> Path:
    with av.open(str(path), "w", options=dict(options or {})) as film:
        if title:
            film.metadata["title"] = title
        art = _cover(film) if cover else None
        pictures = _video(film, video) if video else None
        tracks = [_track(film, track) for track in sound]
        if art:
            packet = next(iter(art.encode(_picture((32, 32), "yuvj420p"))))
            film.mux(packet)
        if video and pictures:
            for number in range(video.frames):
                frame = _picture(video.size, video.pixel_format, number)
                frame.time_base = Fraction(1, video.rate)
                frame.pts = round(video.start * video.rate) + number
                film.mux(pictures.encode(frame))
            film.mux(pictures.encode())
        for track, stream in zip(sound, tracks, strict=True):
            for frame in _frames(track):
                film.mux(stream.encode(frame))
            film.mux(stream.encode())
    return path


def _video(film, video: Video):
    stream = film.add_stream(video.codec, rate=video.rate, options=dict(video.options))
    stream.width, stream.height = video.size
    stream.pix_fmt = video.pixel_format
    if video.aspect:
        stream.codec_context.sample_aspect_ratio = video.aspect
    if video.rotation:
        stream.set_display_rotation(video.rotation)
    return stream


def _cover(film):
    stream = film.add_stream("mjpeg", rate=1)
    stream.width, stream.height, stream.pix_fmt = 32, 32, "yuvj420p"
    stream.disposition = Disposition.attached_pic
    return stream


def _track(film, track: Track):
    stream = film.add_stream(track.codec, rate=track.rate)
    stream.codec_context.layout = track.layout
    stream.codec_context.format = track.format
    if track.language:
        stream.metadata["language"] = track.language
    stream.disposition = Disposition.default if track.default else Disposition(0)
    return stream


def _picture(size: tuple[int, int], pixel_format: str, number: int = 0) -> av.VideoFrame:
    picture = np.full((size[1], size[0], 3), 60 + number, np.uint8)
    return av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format=pixel_format)


def _frames(track: Track):
    """Yield the pieces as frames of 1024 samples, in the track's format."""
    for start, samples in track.pieces:
        for at in range(0, samples.shape[1], 1024):
            piece = samples[:, at : at + 1024]
            frame = av.AudioFrame.from_ndarray(_as(piece, track.format), track.format, track.layout)
            frame.sample_rate = track.rate
            frame.time_base = Fraction(1, track.rate)
            frame.pts = round(start * track.rate) + at
            yield frame


def _as(piece: NDArray[np.float32], form: str) -> NDArray[np.generic]:
    kind = form.removesuffix("p")
    if kind == "u8":
        numbers = np.clip(piece * 128 + 128, 0, 255).astype(np.uint8)
    elif kind in ("s16", "s32"):
        bits = int(kind[1:])
        numbers = np.clip(
            piece.astype(float) * 2 ** (bits - 1), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
        )
        numbers = numbers.astype(f"i{bits // 8}")
    else:
        numbers = piece.astype("f8" if kind == "dbl" else "f4")
    return np.ascontiguousarray(numbers if form.endswith("p") else numbers.T.reshape(1, -1))


def tone(seconds: float, rate: int = 48_000, hertz: float = 440, level: float = 0.5):
    time = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)[None]
