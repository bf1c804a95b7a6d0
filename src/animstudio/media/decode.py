"""Decoding a film, whole or from one keyframe to another.

Damage costs the frames it hits and nothing more: a packet that does not decode is counted
and passed over. A picture is identified by its presentation time, an integer (see clock.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from animstudio.kernel.errors import UnreadableFilm
from animstudio.media.clock import Clock
from animstudio.media.container import open_container
from animstudio.media.geometry import Geometry
from animstudio.media.picture import Picture
from animstudio.media.probe import FilmProbe

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a film, [start, end) in presentation ticks; None is the film's own end.

    `start` is the time of a keyframe, so that decoding can begin there.
    """

    start: int | None = None
    end: int | None = None

    def __contains__(self, pts: int) -> bool:
        after = self.start is None or pts >= self.start
        return after and (self.end is None or pts < self.end)


WHOLE = Span()


@dataclass(slots=True)
class Damage:
    """What did not decode."""

    packets: int = 0
    first: str = ""

    def __bool__(self) -> bool:
        return self.packets > 0

    def note(self, why: str) -> None:
        """Count one packet lost."""
        self.packets += 1
        self.first = self.first or why


class Decoder:
    """One pass over a span of a film; ``damage`` tells afterwards what was lost.

    How FFmpeg patches up damage depends on how many threads decode, and on chance. So several
    threads decode strictly, and from the first damage on a single one decodes leniently: it
    keeps what can be kept, and gives the same pictures always.
    """

    def __init__(self, probe: FilmProbe, *, threads: int = 2) -> None:
        self.probe = probe
        self.damage = Damage()
        self._threads = threads

    def pictures(self, span: Span = WHOLE) -> Iterator[Picture]:
        """Yield the span's pictures in display order, then the one after it, if there is one.

        That last picture (``index`` one past the span) lets the caller compare across the
        span's end; its time is ``>= span.end``. Presentation times strictly increase.

        Raises UnreadableFilm when the file does not open or the keyframe at ``span.start``
        cannot be reached.
        """
        done = 0
        for picture in self._decode(span, self._threads):
            if self.damage and self._threads > 1:
                break
            yield picture
            done += 1
        if self.damage and self._threads > 1:
            self.damage = Damage()
            yield from (picture for picture in self._decode(span, 1) if picture.index >= done)

    def _decode(self, span: Span, threads: int) -> Iterator[Picture]:
        with open_container(self.probe.path) as container:
            stream = video_stream(container, self.probe, threads)
            packets: Iterable[Packet[Any]] = container.demux(stream)
            if span.start is not None:
                entry = enter(container, stream, span.start, exactly=True)
                if entry is None:
                    raise self._not_there(span.start)
                packets = entry.packets
            clock, geometry = Clock.of(self.probe), Geometry.of(self.probe)
            frames = decoded(stream, packets, self.damage, span.start)
            for index, frame in enumerate(frames):
                pts = clock.place(frame)
                if index == 0 and span.start not in (None, pts):
                    raise self._not_there(span.start)
                yield Picture(frame, index, pts, geometry)
                if span.end is not None and pts >= span.end:
                    return

    def _not_there(self, start: int | None) -> UnreadableFilm:
        return UnreadableFilm(self.probe.path, f"the keyframe at tick {start} was not found again")


def video_stream(container: InputContainer, probe: FilmProbe, threads: int) -> VideoStream:
    """Return the stream that is the film, set to decode with so many threads; the only one read."""
    from av.stream import Discard

    for other in container.streams:
        if other.index != probe.video_index:
            other.discard = Discard.all
    stream = next(s for s in container.streams.video if s.index == probe.video_index)
    stream.thread_type = "FRAME" if threads > 1 else "NONE"
    stream.codec_context.thread_count = threads
    if threads > 1:  # patched pictures are not flagged: make the decoder say so (see `Decoder`)
        stream.codec_context.options = {"err_detect": "explode"}
    return stream


@dataclass(frozen=True, slots=True)
class Entry:
    """A keyframe at which decoding may begin: when it is shown, and the packets from it on."""

    pts: int
    packets: Iterator[Packet[Any]]


def seekable(probe: FilmProbe) -> bool:
    """Say whether times after a seek are those before it.

    In MPEG program streams they are not: FFmpeg stamps anew what shares a packet.
    """
    return probe.container != "mpeg"


_STEPS = (0, 2, 10, 60)
"""Seconds before its target at which a seek is tried: some land behind it, or in mid-air."""


def enter(
    container: InputContainer, stream: VideoStream, target: int, *, exactly: bool = False
) -> Entry | None:
    """Seek to a keyframe that is shown at `target` or before it; `exactly`: at it.

    None when seeking does not get there. Leading pictures, decoded after the keyframe but shown
    before it, still come out of the decoder, without what they refer to (see `decoded`).
    """
    import av

    assert stream.time_base is not None
    for step in _STEPS:
        try:
            container.seek(target - int(step / stream.time_base), backward=True, stream=stream)
            packets = container.demux(stream)
            for packet in packets:
                if not packet.is_keyframe or packet.pts is None:
                    continue
                if packet.pts > target:
                    break
                if packet.pts == target or not exactly:
                    return Entry(packet.pts, chain([packet], packets))
        except av.FFmpegError:
            continue
    return None


def decoded(
    stream: VideoStream, packets: Iterable[Packet[Any]], damage: Damage, start: int | None = None
) -> Iterator[VideoFrame]:
    """Yield decoded frames in display order; whatever fails to demux or decode is counted.

    Leading pictures of a decoding begun at `start` are left out, and are no damage.
    """
    flagged = 0
    clean = False
    for frame in _all_decoded(stream, packets, damage):
        if start is not None and frame.pts is not None and frame.pts < start:
            continue
        flagged = flagged + 1 if frame.is_corrupt else 0
        clean = clean or not flagged
        if flagged:
            damage.note("a picture lacks what it refers to")
        if not flagged or not clean or flagged > _FLAGGED:
            yield frame


_FLAGGED = 250
"""Pictures in a row that may be dropped for being flagged as broken; such a long stretch has no
keyframes, and the flag says nothing about them any more."""


def _all_decoded(
    stream: VideoStream, packets: Iterable[Packet[Any]], damage: Damage
) -> Iterator[VideoFrame]:
    import av

    source = iter(packets)
    while True:
        try:
            packet = next(source)
        except StopIteration:
            return
        except av.FFmpegError as error:  # the file ends in the middle, or cannot be read on
            damage.note(error.strerror or str(error))
            packet = None
        try:
            yield from stream.codec_context.decode(packet)
        except av.EOFError:
            return
        except av.FFmpegError as error:
            damage.note(error.strerror or str(error))
        if packet is None:
            return
