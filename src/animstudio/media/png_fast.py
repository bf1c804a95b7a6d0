"""PNG as training pictures are: 8 bits, RGB or RGBA, decoded in a third of libpng's time.

Rust's `png` crate inflates and undoes filters by vectors; kornia-rs (Apache-2.0) brings it as a
wheel of 5 MB. Whatever is unusual or broken is left to who reads everything.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from animstudio.media.views import Bytes

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MODES = {2: "rgb", 6: "rgba"}
"""PNG, third edition, 11.2.1: colour types."""
_UNUSUAL = frozenset({b"eXIf", b"tRNS", b"acTL"})
"""Chunks of pictures that are turned, have one clear colour, or move."""
_LARGEST = 200_000_000
"""Pixels beyond which others decide whether to decode."""


def decode_png(content: bytes, *, alpha: bool = False) -> Bytes | None:
    """Return the pixels of a PNG's bytes, BGR (h, w, 3); None for any but plain ones.

    With `alpha`, BGRA (h, w, 4) where the file has it; otherwise that is dropped.
    """
    if not content.startswith(_SIGNATURE) or content[12:16] != b"IHDR" or len(content) < 33:
        return None
    width, height, depth, colours = struct.unpack(">IIBB", content[16:26])
    if depth != 8 or colours not in _MODES or width * height > _LARGEST:
        return None
    if not _UNUSUAL.isdisjoint(_chunks(content)):
        return None
    return _decoded(content, (height, width), _MODES[colours], alpha)


def _chunks(content: bytes) -> Iterator[bytes]:
    """Yield what kind each chunk is; a picture's EXIF may well come after its pixels."""
    at = len(_SIGNATURE)
    while at + 12 <= len(content):
        yield content[at + 4 : at + 8]
        at += 12 + int.from_bytes(content[at : at + 4])


def _decoded(content: bytes, size: tuple[int, int], mode: str, alpha: bool) -> Bytes | None:
    import cv2
    from kornia_rs import io

    try:
        picture = io.decode_image_png_u8(content, size, mode)
    except Exception:  # it raises nothing narrower; others find out what is wrong
        return None
    turns = {"rgb": cv2.COLOR_RGB2BGR, "rgba": cv2.COLOR_RGBA2BGRA if alpha else cv2.COLOR_RGBA2BGR}
    return np.asarray(cv2.cvtColor(picture, turns[mode]), np.uint8)
