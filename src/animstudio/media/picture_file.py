"""Picture files as people have them: turned, CMYK, 16 bits, transparent, moving, broken.

Whatever comes in, what comes out is upright, BGR, 8 bits, with its transparency beside it; what
had to be done to it is said. The only home of Pillow.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from animstudio.kernel.errors import WorkFailed
from animstudio.media.png_fast import decode_png
from animstudio.media.views import Bytes

if TYPE_CHECKING:
    from PIL.Image import Image

LARGEST: Final = 200_000_000
"""Pixels beyond which a picture is refused: decoded it would take 800 MB."""


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture, upright: BGR (h, w, 3), and how opaque it is (h, w), or None where it all is.

    `notes` says what was unusual about the file, in words.
    """

    bgr: Bytes
    alpha: Bytes | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture file says of itself; width and height as seen, after its rotation."""

    kind: str
    mode: str
    width: int
    height: int
    frames: int
    orientation: int
    clear: bool = False
    """Whether parts of it may be transparent."""


def read_file(path: Path) -> PictureFile:
    """Return a picture file's content. Raises WorkFailed with a reason for people."""
    with _opened(path) as image:
        if (plain := _plain_png(path, image)) is not None:
            return PictureFile(np.ascontiguousarray(plain[:, :, :3]), _opacity(plain), ())
        header = _header(image)
        check_size(header)
        notes = notes_of(header)
        try:
            image.load()
            return PictureFile(*_pixels(image), notes)
        except Exception as error:  # every format's decoder has types of its own for it
            raise WorkFailed(f"does not decode: {error}") from error


def read_header(path: Path) -> Header:
    """Return what a file says of itself, without decoding it. Raises WorkFailed."""
    return header_of(path.read_bytes())


def header_of(content: bytes) -> Header:
    """Return what a file's bytes say of it, without decoding them. Raises WorkFailed."""
    with _opened(content) as image:
        return _header(image, decode=b"eXIf" in content[-4096:])


def check_size(header: Header) -> None:
    """Raise WorkFailed for a picture too large to be decoded."""
    if header.width * header.height > LARGEST:
        raise WorkFailed(
            f"too large: {header.width}x{header.height} pixels, {LARGEST // 10**6} million at most"
        )


def notes_of(header: Header) -> tuple[str, ...]:
    """Return what is unusual about a file, in words."""
    found = []
    if header.orientation != 1:
        found.append("turned upright as its EXIF orientation says")
    if header.mode == "CMYK":
        found.append("converted from CMYK")
    if header.mode.startswith(("I", "F")):
        found.append("reduced from more than 8 bits")
    if header.frames > 1:
        found.append(f"the first of {header.frames} frames")
    return tuple(found)


def fault_of(content: bytes) -> str | None:
    """Return what is broken in a JPEG's or PNG's bytes that decoders pass over, or None.

    A JPEG without its end marker was cut off (ITU-T T.81, B.1.1.3); every chunk of a PNG has a
    checksum, and the last one is IEND (PNG, third edition, 5.3).
    """
    if content.startswith(b"\xff\xd8"):
        tail = content[-4096:].rstrip(b"\0\r\n ")
        return None if b"\xff\xd9" in tail else "cut off: its end marker is missing"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png_fault(content)
    return None


def _png_fault(content: bytes) -> str | None:
    from zlib import crc32

    at, view = 8, memoryview(content)
    while at + 12 <= len(content):
        length = int.from_bytes(view[at : at + 4])
        end = at + 8 + length
        if end + 4 > len(content):
            break
        if crc32(view[at + 4 : end]) != int.from_bytes(view[end : end + 4]):
            return "damaged: a checksum of the PNG does not match"
        if bytes(view[at + 4 : at + 8]) == b"IEND":
            return None
        at = end + 4
    return "cut off: the PNG's last chunk is missing"


def _opened(source: Path | bytes) -> Image:
    from io import BytesIO

    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # it would warn instead of refusing; `check_size` refuses
    try:
        return Image.open(BytesIO(source) if isinstance(source, bytes) else source)
    except UnidentifiedImageError as error:
        empty = not (source if isinstance(source, bytes) else source.stat().st_size)
        raise WorkFailed("empty" if empty else "no picture that can be read") from error
    except OSError as error:
        raise WorkFailed(f"cannot be read: {error}") from error
    except Exception as error:  # every format's reader has types of its own for what is broken
        if "Decompressed data too large" in str(error):  # Pillow's words for it
            raise WorkFailed("a text in it would unpack to more than 1 MiB: not read") from error
        raise WorkFailed(f"cannot be read: {error}") from error


def _header(image: Image, *, decode: bool = True) -> Header:
    """Return what a picture says of itself.

    A PNG may have its EXIF block behind its pixels, so Pillow decodes these to look for one:
    `decode` says whether that may be.
    """
    from PIL import Image as Pillow

    try:
        exif = image.getexif() if decode else Pillow.Image.getexif(image)
        orientation = int(exif.get(0x0112, 1))
    except Exception:  # whatever a broken EXIF block makes Pillow raise, it is no orientation
        orientation = 1
    orientation = orientation if 1 <= orientation <= 8 else 1
    width, height = image.size[::-1] if orientation >= 5 else image.size
    try:
        frames = int(getattr(image, "n_frames", 1))
    except Exception as error:  # to count them, Pillow reads the head of each
        raise WorkFailed(f"one of its frames does not decode: {error}") from error
    kind = image.format or ""
    return Header(kind, image.mode, width, height, frames, orientation, _is_clear(image))


def _is_clear(image: Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info


def _plain_png(path: Path, image: Image) -> Bytes | None:
    pixels = image.width * image.height
    if image.format != "PNG" or not path.stat().st_size <= 8 * pixels <= 8 * LARGEST:
        return None
    return decode_png(path.read_bytes(), alpha=True)


def _pixels(image: Image) -> tuple[Bytes, Bytes | None]:
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith(("I", "F")):
        return _reduced(np.asarray(upright)), None
    clear = _is_clear(upright)
    rgba = np.asarray(upright.convert("RGBA" if clear else "RGB"))
    return np.ascontiguousarray(rgba[:, :, 2::-1]), _opacity(rgba)


def _opacity(picture: Bytes) -> Bytes | None:
    """Return the fourth plane of a picture, None where there is none or all of it is opaque."""
    if picture.shape[2] == 3 or bool((picture[:, :, 3] == 255).all()):
        return None
    return np.ascontiguousarray(picture[:, :, 3])


def _reduced(plane: Any) -> Bytes:
    """Return a grey plane of more than 8 bits as BGR."""
    values = plane.astype(np.float64)
    top = 65535.0 if values.max(initial=0.0) > 1.0 else 1.0
    grey = np.clip(values / top * 255, 0, 255).round().astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)
