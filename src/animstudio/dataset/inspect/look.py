"""One picture of a dataset, measured; runs in several threads."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from animstudio.dataset.duplicates.looks import colour_layout, thumbnail
from animstudio.dataset.quality.bands import TALL
from animstudio.dataset.quality.exposure import Exposure, exposure_of
from animstudio.dataset.quality.letterbox import bar_share
from animstudio.dataset.quality.noise import noise_level
from animstudio.dataset.quality.sharpness import edge_width
from animstudio.dataset.quality.text import FindText
from animstudio.kernel.errors import WorkFailed
from animstudio.kernel.heap import keep_freed
from animstudio.media.glance import Glance, colours_of, glance, glance_at, small_of
from animstudio.media.imaging import grey_of
from animstudio.media.picture_file import (
    Header,
    PictureFile,
    check_size,
    fault_of,
    header_of,
    read_file,
)
from animstudio.media.views import Bytes
from animstudio.models.text_finder import SIDE

PLAIN: Final = ("RGB", "L", "RGBA", "P", "CMYK")
"""Pillow's names of the colours in which a JPEG or PNG is as OpenCV reads it."""
LONGEST: Final = 1 << 30
"""Bytes of a file beyond which it is not read: no picture that may be decoded is as long."""
SMALLEST: Final = 16
"""Pixels of the shorter side below which nothing can be measured."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What twins are told by: small luma (32, 32), and which colours are where."""

    cells: Bytes
    layout: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one picture is like; with `fault` set, all that is known is why not.

    softness: width of its edges in pixels at 1024, None where it has none.
    text:     share of it that lines of text cover, None where nobody looked.
    clear:    share of it that is transparent.
    under:    how light that part is once a trainer drops the transparency, 0-1.
    """

    fault: str = ""
    header: Header | None = None
    digest: bytes = b""
    looks: Looks | None = None
    softness: float | None = None
    noise: float = 0.0
    bars: float = 0.0
    exposure: Exposure | None = None
    text: float | None = None
    clear: float = 0.0
    under: float = 0.0


def see(path: Path, *, looks_only: bool = False, find_text: FindText | None = None) -> Seen:
    """Return what a picture file is like; what is broken is an answer, no error.

    With `looks_only`, only what twins are told by: for that a JPEG is not decoded in full.
    """
    try:
        content = content_of(path)
        if fault := fault_of(content):
            return Seen(fault)
        header = header_of(content)
        check_size(header)
        file = None if _is_plain(header) and (looks_only or not header.clear) else read_file(path)
        look = _look_at(content, header, file, looks_only)
        text = None
        if find_text and min(header.width, header.height) >= SMALLEST:
            text = find_text(file.bgr if file else colours_of(content, header, SIDE))
    except WorkFailed as error:
        return Seen(error.message)
    except OSError as error:
        return Seen(f"cannot be read: {error.strerror}")
    digest = hashlib.sha256(content).digest()
    if min(header.width, header.height) < SMALLEST:
        return Seen("", header, digest)
    small = look.small if isinstance(look, Glance) else look
    looks = Looks(thumbnail(small), colour_layout(small))
    clear, under = _clear_part(file) if file else (0.0, 0.0)
    seen = Seen("", header, digest, looks, text=text, clear=clear, under=under)
    return _measured(seen, look) if isinstance(look, Glance) else seen


def content_of(path: Path) -> bytes:
    """Return a file's bytes. Raises WorkFailed for what is none, or too long for a picture."""
    what = path.stat()
    if not stat.S_ISREG(what.st_mode):
        raise WorkFailed("no file: a device, a pipe or a folder")
    if what.st_size > LONGEST:
        raise WorkFailed(f"too long for a picture: {what.st_size / 2**20:.0f} MiB, "
                         f"{LONGEST // 2**20} at most")  # fmt: skip
    return path.read_bytes()


def _look_at(
    content: bytes, header: Header, file: PictureFile | None, looks_only: bool
) -> Glance | Bytes:
    """Return a look at a picture, or only its small colours; `file` is it where Pillow read it."""
    if file is None:
        return small_of(content, header) if looks_only else glance(content, header)
    look = glance_at(file.bgr)
    return look.small if looks_only else look


def _clear_part(file: PictureFile) -> tuple[float, float]:
    """Return which share of a picture is transparent, and how light that is underneath."""
    if file.alpha is None:
        return 0.0, 0.0
    hidden = file.alpha < 128
    under = float(grey_of(file.bgr)[hidden].mean()) / 255 if hidden.any() else 0.0
    return float(hidden.mean()), under


def _is_plain(header: Header) -> bool:
    return header.kind in ("JPEG", "PNG") and header.mode in PLAIN


def _measured(seen: Seen, look: Glance) -> Seen:
    """Return what a picture is like. Lengths and noise are told as if it had not been reduced."""
    luma = look.luma
    width = edge_width(luma)
    return replace(
        seen,
        softness=None if width is None else width * min(1.0, 1024 / max(luma.shape)),
        noise=noise_level(luma) / max(look.scale, 0.25),
        bars=bar_share(luma),
        exposure=exposure_of(luma[:: 4 if luma.shape[0] >= TALL else 1]),
    )


def see_many(
    paths: Sequence[Path], looks_only: bool = False, find_text: FindText | None = None
) -> list[Seen]:
    """Return what some pictures are like, in order."""
    from animstudio.media.threads import single_threaded

    single_threaded()
    keep_freed()
    return [see(path, looks_only=looks_only, find_text=find_text) for path in paths]
