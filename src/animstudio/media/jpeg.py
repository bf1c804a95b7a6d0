"""JPEG pictures, as bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from animstudio.kernel.errors import WorkFailed
from animstudio.media.views import Bytes


def encode_jpeg(picture: Bytes, quality: int) -> bytes:
    """Return a BGR picture (h, w, 3) as a JPEG file's bytes."""
    import cv2

    done, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise WorkFailed(f"a picture of {picture.shape[1]}x{picture.shape[0]} cannot be a JPEG")
    return content.tobytes()


def decode_jpeg(content: bytes, *, reduced: int = 1) -> Bytes:
    """Return a JPEG file's picture, BGR, at 1/`reduced` (1, 2, 4, 8) of its size.

    The reduction happens inside the JPEG's own transform, so a small picture is cheap.
    Raises WorkFailed if it does not decode.
    """
    import cv2

    flags = {
        1: cv2.IMREAD_COLOR,
        2: cv2.IMREAD_REDUCED_COLOR_2,
        4: cv2.IMREAD_REDUCED_COLOR_4,
        8: cv2.IMREAD_REDUCED_COLOR_8,
    }
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), flags[reduced]) if content else None
    if picture is None:
        raise WorkFailed("a picture does not decode")
    return np.asarray(picture, np.uint8)


def jpeg_size(path: Path) -> tuple[int, int]:
    """Return width and height from a JPEG file's frame header (ITU-T T.81, B.2.2).

    Raises WorkFailed if there is none.
    """
    content = path.read_bytes()
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height = int.from_bytes(content[at + 5 : at + 7])
            return int.from_bytes(content[at + 7 : at + 9]), height
        at += 2 + length
    raise WorkFailed(f"{path.name} is not a JPEG picture")
