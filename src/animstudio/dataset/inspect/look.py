"""One picture of a dataset, measured; runs in worker processes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from animstudio.dataset.duplicates.looks import colour_layout, perceptual_hash
from animstudio.dataset.quality.exposure import Exposure, exposure_of
from animstudio.dataset.quality.letterbox import bar_share
from animstudio.dataset.quality.noise import noise_level
from animstudio.dataset.quality.sharpness import edge_width
from animstudio.kernel.errors import WorkFailed
from animstudio.media.glance import glance
from animstudio.media.imaging import grey_of
from animstudio.media.picture_file import Header, check_size, fault_of, read_file, read_header


@dataclass(frozen=True, slots=True)
class Seen:
    """What one picture is like; with `fault` set, all that is known is why not.

    softness: width of its edges in pixels at 1024, None where it has none.
    """

    fault: str = ""
    header: Header | None = None
    digest: bytes = b""
    bits: int = 0
    layout: NDArray[np.float32] | None = None
    softness: float | None = None
    noise: float = 0.0
    bars: float = 0.0
    exposure: Exposure | None = None


def see(path: Path) -> Seen:
    """Return what a picture file is like; what is broken is an answer, no error."""
    try:
        content = path.read_bytes()
        if fault := fault_of(content):
            return Seen(fault)
        header = read_header(path)
        check_size(header)
        if header.kind in ("JPEG", "PNG") and header.mode in ("RGB", "L", "RGBA", "P", "CMYK"):
            look = glance(content, header)
            luma, small, scale = look.luma, look.small, look.scale
        else:
            small, scale = read_file(path).bgr, 1.0
            luma = grey_of(small)
    except WorkFailed as error:
        return Seen(error.message)
    except OSError as error:
        return Seen(f"cannot be read: {error.strerror}")
    if min(luma.shape) < 16:
        return Seen("", header, hashlib.sha256(content).digest())
    width = edge_width(luma)
    longest = max(luma.shape)
    return Seen(
        "", header, hashlib.sha256(content).digest(), perceptual_hash(small),
        colour_layout(small), None if width is None else width * min(1.0, 1024 / longest),
        noise_level(luma) / max(scale, 0.25) if scale < 1 else noise_level(luma),
        bar_share(luma), exposure_of(luma),
    )  # fmt: skip


def see_many(paths: list[Path]) -> list[Seen]:
    """Return what some pictures are like, in order."""
    from animstudio.media.threads import single_threaded

    single_threaded()
    return [see(path) for path in paths]
