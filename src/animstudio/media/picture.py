"""One decoded picture: its place in the film, its small views, its full colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from animstudio.media.geometry import Geometry
from animstudio.media.interlace import deinterlaced
from animstudio.media.planes import plane_of
from animstudio.media.tone import expand_luma, studio_bgr, tone_map
from animstudio.media.views import (
    COLOUR_SIDE,
    LUMA_SIDE,
    Bytes,
    HalfRows,
    Plane,
    Views,
    fit,
    fit_across,
    fit_smooth,
    halve,
    spread,
    to_eight_bits,
)

if TYPE_CHECKING:
    import av


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded frame, `index` counted within the decoded span, and when it is shown."""

    frame: av.VideoFrame
    index: int
    pts: int
    geometry: Geometry

    def views(self) -> Views:
        """Return the small views that analysers share."""
        g = self.geometry
        luma, u, v, bits = _planes(self.frame)
        size = g.small(LUMA_SIDE)
        rows, apart = (luma, 1) if g.turned else spread(luma, size[1])
        fine = to_eight_bits(halve(rows), bits)
        middle = expand_luma(fit_across(fine, size), g)
        size = g.small(COLOUR_SIDE)
        u, v = (to_eight_bits(fit_smooth(plane, size), bits) for plane in (u, v))
        colour = studio_bgr(fit(middle, size), u, v, g)
        shown = g.turn(fine)
        half = shown if g.turned else HalfRows(luma, bits)
        return Views(shown, half, g.turn(middle), g.turn(colour), apart)

    def bgr(self) -> Bytes:
        """Return the picture as it is meant to be seen, BGR (h, w, 3).

        Fields are taken apart where they comb, high dynamic range is mapped to standard,
        pixels are made square, and the film's rotation is applied.
        """
        g = self.geometry
        frame = deinterlaced(self.frame)
        if g.transfer != "sdr":
            picture = tone_map(_reformat(frame, "rgb48le", g), g.transfer)
        else:
            picture = _reformat(frame, "bgr24", g)
        return g.turn(g.square(picture))


_DIRECT = {f"yuv{s}p" for s in ("420", "422", "444")} | {
    f"yuv{s}p{bits}le" for s in ("420", "422", "444") for bits in (10, 12)
} | {"yuvj420p", "yuvj422p", "yuvj444p"}  # fmt: skip
"""Pixel formats whose planes can be read as they lie."""


def _planes(frame: av.VideoFrame) -> tuple[Plane, Plane, Plane, int]:
    """Return luma and both chroma planes (uint8 or uint16), and how many bits a sample has.

    Without a copy where possible. The frame itself is asked: in films that were joined the
    bits change midway.
    """
    if frame.format.name not in _DIRECT:
        frame = frame.reformat(format="yuv420p", threads=_THREADS)
    bits = frame.format.components[0].bits
    return plane_of(frame, 0), plane_of(frame, 1), plane_of(frame, 2), bits


_THREADS = 1
"""Threads that convert a picture: FFmpeg would start some for each one."""


def _reformat(frame: av.VideoFrame, to: str, geometry: Geometry) -> Any:
    """Return the frame converted to RGB with the film's own matrix and range.

    FFmpeg takes an unnamed matrix for BT.601, which tints films in high definition.
    """
    if frame.format.is_rgb or frame.format.name == "gray":
        return frame.reformat(format=to, threads=_THREADS).to_ndarray()
    plain = frame.reformat(
        format=to,
        src_colorspace=geometry.matrix,
        src_color_range=2 if geometry.full_range else 1,
        dst_color_range=2,
        interpolation="BICUBIC",
        threads=_THREADS,
    )
    return plain.to_ndarray()
