"""Decoding ahead: the decoder is fed while the picture before is being looked at."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import Queue

from animstudio.media.picture import Picture

AHEAD = 3
"""Pictures decoded but not yet looked at, at most."""


def ahead(pictures: Iterator[Picture]) -> Iterator[Picture]:
    """Yield the pictures, taken from their iterator by a thread of its own.

    FFmpeg's threads idle while nobody feeds them, and both sides release the interpreter. What
    the iterator raises is raised here, in its place; leaving early ends the thread.
    """
    queue: Queue[Picture | BaseException | None] = Queue(AHEAD)
    left = threading.Event()

    def feed() -> None:
        try:
            for picture in pictures:
                queue.put(picture)
                if left.is_set():
                    return
        except BaseException as error:
            queue.put(error)
            return
        queue.put(None)

    thread = threading.Thread(target=feed, name="decoding", daemon=True)
    thread.start()
    try:
        while (found := queue.get()) is not None:
            if isinstance(found, BaseException):
                raise found
            yield found
    finally:
        left.set()
        while thread.is_alive():  # it may wait for room
            while not queue.empty():
                queue.get_nowait()
            thread.join(0.01)
