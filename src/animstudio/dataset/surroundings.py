"""The whole frames that characters' pictures are parts of, where a crop reaches beyond them.

`segmentation` keeps a character with a little room around it; a training picture in a bucket's
shape wants more. So the film is read again, once a character and in its own order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from animstudio.characters.shot_frames import ShotFrames, Wanted
from animstudio.dataset.crop import buckets, frame_subject
from animstudio.dataset.sources import Source
from animstudio.dataset.spec import PrepareSpec
from animstudio.kernel.errors import StudioError
from animstudio.media.png import PICTURES
from animstudio.media.views import Bytes


def with_frames(
    sources: Sequence[Source], spec: PrepareSpec, threads: int
) -> Iterator[tuple[int, Source, Bytes | None]]:
    """Yield each source, its number, and the frame (h, w, 3) around it where that is wanted.

    In the order of the films' times; sources that want none, or whose frame cannot be read, are
    among them with None.
    """
    wanted: dict[Path, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, source in enumerate(sources):
        if source.seen_in is None or source.pts is None or not reaches_beyond(source, spec):
            yield number, source, None
        else:
            wanted[source.seen_in][source.pts].append(number)
    for file, by_time in wanted.items():
        left = dict(by_time)
        for pts, frame in _frames(file, sorted(by_time), threads):
            for number in left.pop(pts, ()):
                source = sources[number]
                fits = source.frame_size == (frame.shape[1], frame.shape[0])
                yield number, source, frame if fits else None
        for numbers in left.values():
            yield from ((number, sources[number], None) for number in numbers)


def reaches_beyond(source: Source, spec: PrepareSpec) -> bool:
    """Return whether the crop around a source's subject shows more than the source does."""
    if spec.crop == "full" or not (source.box and source.source_box and source.frame_size):
        return False
    sizes = buckets(spec.target_size, spec.buckets)
    shown = frame_subject(source.box, source.frame_size, spec.margin, sizes, spec.max_upscale).box
    x, y, width, height = source.source_box
    return (
        shown[0] < x
        or shown[1] < y
        or shown[0] + shown[2] > x + width
        or shown[1] + shown[3] > y + height
    )


def _frames(file: Path, times: Sequence[int], threads: int) -> Iterator[tuple[int, Bytes]]:
    """Yield the frames of a film at these times; of a picture the only one, at any time."""
    if not file.is_file():
        return
    picture = file if file.suffix.lower() in PICTURES else None
    wanted = [Wanted(frame=pts, pts=pts, seconds=0.0, file=picture) for pts in times]
    try:
        for one, frame in ShotFrames("", "", 0, file, wanted).pictures(threads):
            yield one.pts, frame
    except StudioError:
        return  # its crops get grey margins, as those of films that are gone
