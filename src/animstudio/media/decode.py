"""Decoding a film frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from animstudio.media.picture import Picture


def decode(path: Path, *, threads: int = 2) -> Iterator[Picture]:
    """Yield the film's pictures in display order."""
    import av

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "FRAME"
        stream.codec_context.thread_count = threads
        for index, frame in enumerate(container.decode(stream)):
            yield Picture(frame, index)
