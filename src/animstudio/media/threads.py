"""How many threads OpenCV takes."""

from __future__ import annotations


def single_threaded() -> None:
    """Keep OpenCV on the calling thread: frames are small, and the cores are already taken."""
    import cv2

    cv2.setNumThreads(1)
