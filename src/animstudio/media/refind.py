"""Finding single pictures of a film again, by their presentation times.

Seeking is not to be trusted: containers land behind the target, in the middle of nowhere, or
on a keyframe whose leading pictures come out broken. So decoding starts only at a keyframe
that is shown at or before the first wanted time, and whoever asks compares what came with
what he knows of the picture; for the rest there is the way from the film's beginning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from animstudio.media.clock import Clock
from animstudio.media.container import open_container
from animstudio.media.decode import (
    Damage,
    Decoder,
    Span,
    decoded,
    enter,
    seekable,
    video_stream,
)
from animstudio.media.geometry import Geometry
from animstudio.media.picture import Picture
from animstudio.media.probe import FilmProbe

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

PATIENCE = Fraction(12)
"""Seconds between two wanted pictures beyond which seeking is cheaper than decoding on."""


def find_pictures(probe: FilmProbe, times: Sequence[int], *, threads: int = 2) -> Iterator[Picture]:
    """Yield the pictures at these presentation times that seeking leads to, in order.

    One seek for each group of times that lie near each other, then forward. Times that seeking
    does not lead to are passed over; `pictures_of_span` has them.
    """
    todo = sorted(set(times))
    if not todo or not seekable(probe):
        return
    with open_container(probe.path) as container:
        stream = video_stream(container, probe, threads)
        while todo:
            group = _near(todo, int(PATIENCE / probe.time_base))
            yield from _group(probe, container, stream, group)
            todo = todo[len(group) :]


def _near(times: Sequence[int], gap: int) -> list[int]:
    """Return the first of the times and those that follow with no greater gaps."""
    count = 1
    while count < len(times) and times[count] - times[count - 1] <= gap:
        count += 1
    return list(times[:count])


def _group(
    probe: FilmProbe, container: InputContainer, stream: VideoStream, times: Sequence[int]
) -> Iterator[Picture]:
    entry = enter(container, stream, times[0])
    if entry is None:
        return
    frames = decoded(stream, entry.packets, Damage(), entry.pts)
    clock, geometry, wanted = Clock.of(probe), Geometry.of(probe), set(times)
    for index, frame in enumerate(frames):
        pts = clock.place(frame)
        if index == 0 and pts != entry.pts:
            return  # the decoder did not begin with the keyframe
        if pts in wanted:
            yield Picture(frame, index, pts, geometry)
        if pts >= times[-1]:
            return


def pictures_of_span(
    probe: FilmProbe, times: Sequence[int], span: Span, *, threads: int = 2
) -> Iterator[Picture]:
    """Yield the pictures at these times, decoding all of the span before them: slow, and right."""
    wanted = set(times)
    if not wanted:
        return
    for picture in Decoder(probe, threads=threads).pictures(span):
        if picture.pts in wanted:
            yield picture
            wanted.remove(picture.pts)
        if not wanted:
            return
