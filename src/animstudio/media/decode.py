"""Decoding a film, whole or between two keyframes, and finding single pictures again.

Damage costs the frames it hits and nothing more: a packet that does not decode is counted
and passed over. A picture is identified by its presentation time, an integer; seeking is
trusted only after that number has been seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from animstudio.kernel.errors import UnreadableFilm
from animstudio.media.container import open_container
from animstudio.media.geometry import Geometry
from animstudio.media.picture import Picture
from animstudio.media.probe import FilmProbe

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
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
    """What did not decode: packets that gave nothing, pictures that were patched up."""

    packets: int = 0
    pictures: int = 0
    first: str = ""

    def __bool__(self) -> bool:
        return bool(self.packets or self.pictures)

    def note(self, why: str) -> None:
        """Count one packet lost."""
        self.packets += 1
        self.first = self.first or why

    def note_picture(self) -> None:
        """Count one picture whose missing parts the decoder made up."""
        self.pictures += 1
        self.first = self.first or "parts of a picture are missing"


class Decoder:
    """One pass over a span of a film; ``damage`` tells afterwards what was lost.

    How FFmpeg patches up damage depends on how many threads decode, and on chance. So from
    the first damage on a span is decoded by a single one, and gives the same pictures always.
    """

    def __init__(self, probe: FilmProbe, *, threads: int = 2) -> None:
        self.probe = probe
        self.damage = Damage()
        self._threads = threads

    def pictures(self, span: Span = WHOLE) -> Iterator[Picture]:
        """Yield the span's pictures in display order, then the one after it, if there is one.

        That last picture (``index`` one past the span) lets the caller compare across the
        span's end; its time is ``>= span.end``. Presentation times strictly increase: frames
        without a time, or with one that runs backwards, are placed one frame after the last.

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
            for picture in self._decode(span, 1):
                if picture.index >= done:
                    yield picture

    def _decode(self, span: Span, threads: int) -> Iterator[Picture]:
        with open_container(self.probe.path) as container:
            stream = _video(container, self.probe.video_index, threads)
            if span.start is not None:
                container.seek(span.start, backward=True, stream=stream)
            geometry = Geometry.of(self.probe)
            last: int | None = None
            index = 0
            for frame in _frames(container, stream, self.damage):
                pts = self._place(frame.pts, last)
                if span.start is not None and pts < span.start:
                    continue
                if index == 0 and span.start is not None and pts != span.start:
                    raise UnreadableFilm(
                        self.probe.path, f"the keyframe at tick {span.start} was not found again"
                    )
                if frame.is_corrupt:
                    self.damage.note_picture()
                yield Picture(frame, index, pts, geometry)
                if span.end is not None and pts >= span.end:
                    return
                last = pts
                index += 1

    def _place(self, pts: int | None, last: int | None) -> int:
        if last is None:
            return pts if pts is not None else 0
        if pts is not None and pts > last:
            return pts
        return last + self.frame_ticks

    @property
    def frame_ticks(self) -> int:
        """Ticks from one frame to the next at the film's average rate, at least one."""
        return max(1, round(1 / (self.probe.rate * self.probe.time_base)))


def _video(container: InputContainer, index: int, threads: int) -> VideoStream:
    stream = next(s for s in container.streams.video if s.index == index)
    stream.thread_type = "FRAME" if threads > 1 else "NONE"
    stream.codec_context.thread_count = threads
    return stream


def _frames(container: InputContainer, stream: VideoStream, damage: Damage) -> Iterator[VideoFrame]:
    """Yield decoded frames; whatever fails to demux or decode is counted."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.FFmpegError as error:  # the file ends in the middle, or cannot be read on
            damage.note(str(error))
            packet = None
        try:
            yield from stream.codec_context.decode(packet)
        except av.EOFError:
            return
        except av.FFmpegError as error:
            damage.note(str(error))
        if packet is None:
            return


def find_pictures(probe: FilmProbe, times: Sequence[int], *, threads: int = 2) -> Iterator[Picture]:
    """Yield the pictures shown at exactly these presentation times, in order.

    One seek for each group of times under the same keyframe, then forward. A container that
    seeks past its target is decoded from the start instead: slow is better than wrong.
    Times at which the film has no picture are passed over; the caller sees what is missing.
    """
    wanted = sorted(set(times))
    while wanted:
        found = _forward_from(probe, wanted, threads, seek=True)
        first = next(found, None)
        if first is None or first.pts != wanted[0]:
            found = _forward_from(probe, wanted, threads, seek=False)
            first = next(found, None)
            if first is None:
                return
        yield first
        done = first.pts
        for picture in found:
            yield picture
            done = picture.pts
        wanted = [pts for pts in wanted if pts > done]


_PATIENCE = Fraction(12)
"""Seconds between two wanted pictures beyond which seeking is cheaper than decoding on."""


def _forward_from(
    probe: FilmProbe, wanted: Sequence[int], threads: int, *, seek: bool
) -> Iterator[Picture]:
    """Seek before the first time and decode forward while the next one is near."""
    decoder = Decoder(probe, threads=threads)
    gap = int(_PATIENCE / probe.time_base)
    todo = list(wanted)
    geometry = Geometry.of(probe)
    with open_container(probe.path) as container:
        stream = _video(container, probe.video_index, threads)
        if seek:
            container.seek(todo[0], backward=True, stream=stream)
        last: int | None = None
        for index, frame in enumerate(_frames(container, stream, decoder.damage)):
            pts = decoder._place(frame.pts, last)
            last = pts
            while todo and todo[0] < pts:
                if seek and index == 0:
                    return  # landed after the target: not to be trusted
                todo.pop(0)
            if not todo:
                return
            if pts == todo[0]:
                yield Picture(frame, index, pts, geometry)
                todo.pop(0)
                if not todo or (seek and todo[0] - pts > gap):
                    return


def plan_spans(probe: FilmProbe, length: Fraction) -> list[Span]:
    """Return spans of about `length` seconds that begin at keyframes and tile the film.

    The plan depends on the film alone, so any number of workers, and any resumed run, cut it
    at the same places. A film whose times cannot be trusted stays in one piece.
    """
    if probe.duration is None or probe.duration < 1.5 * float(length):
        return [WHOLE]
    starts = _keyframes_near(probe, length)
    edges: list[int | None] = [None, *starts, None]
    return [Span(a, b) for a, b in zip(edges, edges[1:], strict=False)]


def _keyframes_near(probe: FilmProbe, length: Fraction) -> list[int]:
    """Return the time of a keyframe near each multiple of `length`, increasing."""
    found: list[int] = []
    assert probe.duration is not None
    begin = Fraction(probe.start)
    pieces = max(1, round(Fraction(probe.duration) / length))
    with open_container(probe.path) as container:
        stream = _video(container, probe.video_index, 1)
        for piece in range(1, pieces):
            target = int((begin + piece * length) / probe.time_base)
            key = _keyframe_before(container, stream, target)
            floor = found[-1] if found else int(begin / probe.time_base)
            if key is not None and floor < key <= target:
                found.append(key)
    return found


def _keyframe_before(container: InputContainer, stream: VideoStream, target: int) -> int | None:
    """Return the time of the keyframe that a seek to `target` lands on."""
    import av

    try:
        container.seek(target, backward=True, stream=stream)
        for packet in container.demux(stream):
            if packet.is_keyframe and packet.pts is not None:
                return packet.pts
    except av.FFmpegError:
        return None
    return None
