"""PNG pictures, as bytes; and reading pictures of any kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from animstudio.kernel.errors import WorkFailed
from animstudio.media.png_fast import decode_png
from animstudio.media.views import Bytes

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
"""What a picture's name ends with, in lower case."""


def encode_png(picture: Bytes) -> bytes:
    """Return a grey (h, w), BGR or BGRA picture as a PNG file's bytes. Nothing is lost."""
    import cv2

    done, content = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not done:
        raise WorkFailed(f"a picture of shape {picture.shape} cannot be a PNG")
    return content.tobytes()


def read_picture(path: Path) -> Bytes:
    """Return a picture file as BGR (h, w, 3), 8 bits. Raises WorkFailed if it does not decode."""
    return _decoded(path, alpha=False)


def read_cutout(path: Path) -> Bytes:
    """Return a picture file as BGRA (h, w, 4); one without transparency is opaque."""
    picture = _decoded(path, alpha=True)
    if picture.ndim == 2:
        picture = np.repeat(picture[:, :, None], 3, axis=2)
    if picture.shape[2] == 3:
        picture = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    return picture


def _decoded(path: Path, *, alpha: bool) -> Bytes:
    import cv2

    try:
        content = path.read_bytes()
    except OSError as error:
        raise WorkFailed(f"{path}: {error.strerror}") from error
    if (plain := decode_png(content, alpha=alpha)) is not None:
        return plain
    how = cv2.IMREAD_UNCHANGED if alpha else cv2.IMREAD_COLOR
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), how) if content else None
    if picture is None:
        raise WorkFailed(f"{path}: this picture does not decode")
    if picture.dtype != np.uint8:
        picture = (picture / 257).astype(np.uint8)  # 16 bits a sample
    return np.asarray(picture, np.uint8)
