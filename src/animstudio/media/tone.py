"""Ranges and tones: studio range to full, high dynamic range to standard.

Transfer functions: SMPTE ST 2084 (PQ) and ARIB STD-B67 (HLG) as given in ITU-R BT.2100-2;
BT.2020 to BT.709 primaries from ITU-R BT.2087-0. The tone curve is the extended Reinhard
curve (Reinhard et al. 2002, eq. 4) over luminance, white at 1000 cd/m2, which leaves tones
up to the 203 cd/m2 of graphics white (ITU-R BT.2408) nearly as they are.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from animstudio.media.views import Bytes

if TYPE_CHECKING:
    from animstudio.media.geometry import Geometry

GRAPHICS_WHITE = 203.0
PEAK = 1000.0
_TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
    np.float32,
)


def to_eight_bits(plane: NDArray[np.uint8] | NDArray[np.uint16], bits: int) -> Bytes:
    """Return a plane's samples as 8 bits."""
    if plane.dtype == np.uint8:
        return np.asarray(plane, np.uint8)
    return np.asarray(plane >> (bits - 8), np.uint8)


def expand_luma(luma: Bytes, geometry: Geometry) -> Bytes:
    """Return 8-bit luma in full range, tones of high dynamic range mapped to standard ones."""
    import cv2

    if geometry.full_range and geometry.transfer == "sdr":
        return luma
    if geometry.transfer == "sdr":
        # Saturating steps are vectorised; a table lookup costs several times as much.
        return np.asarray(cv2.convertScaleAbs(cv2.subtract(luma, 16.0), alpha=255 / 219), np.uint8)  # type: ignore[call-overload]
    return np.asarray(cv2.LUT(luma, _luma_table(geometry.transfer, geometry.full_range)), np.uint8)


def studio_bgr(luma: Bytes, u: Bytes, v: Bytes, geometry: Geometry) -> Bytes:
    """Return BGR (h, w, 3) of full-range luma and coded chroma of one size.

    The BT.601 matrix serves for every film: the views are for comparing frames of one film.
    """
    import cv2

    if not geometry.full_range:
        table = _chroma_table()
        u, v = np.asarray(cv2.LUT(u, table), np.uint8), np.asarray(cv2.LUT(v, table), np.uint8)
    return np.asarray(cv2.cvtColor(cv2.merge([luma, v, u]), cv2.COLOR_YCrCb2BGR), np.uint8)


def tone_map(rgb: NDArray[np.uint16], transfer: str) -> Bytes:
    """Return a BT.2020 RGB picture of 16 bits (h, w, 3) as BT.709 BGR of 8 bits."""
    linear = _linear_table(transfer)[rgb]
    light = np.maximum(linear @ _TO_BT709.T, 0)
    luminance = light @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    mapped = light * (_curve(luminance) / np.maximum(luminance, 1e-6))[..., None]
    return np.ascontiguousarray(_gamma(mapped)[..., ::-1])


def _curve(light: NDArray[np.float32]) -> NDArray[np.float32]:
    white = PEAK / GRAPHICS_WHITE
    return np.asarray(light * (1 + light / white**2) / (1 + light), np.float32)


def _gamma(light: NDArray[np.float32]) -> Bytes:
    """BT.1886-like display gamma 2.4 with sRGB's toe left out: what players do."""
    return np.asarray(np.clip(light, 0, 1) ** (1 / 2.2) * 255 + 0.5, np.uint8)


@lru_cache
def _linear_table(transfer: str) -> NDArray[np.float32]:
    """65536 code values to light, 1.0 = graphics white."""
    code = np.linspace(0, 1, 65536)
    if transfer == "pq":
        m1, m2 = 2610 / 16384, 2523 / 4096 * 128
        c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
        power = code ** (1 / m2)
        nits = 10_000 * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)
    else:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
        nits = PEAK * scene**1.2
    return np.asarray(nits / GRAPHICS_WHITE, np.float32)


@lru_cache
def _luma_table(transfer: str, full_range: bool) -> Bytes:
    code = np.arange(256, dtype=np.float64)
    share = code / 255 if full_range else np.clip((code - 16) / 219, 0, 1)
    light = _linear_table(transfer)[np.round(share * 65535).astype(np.int64)]
    return _gamma(_curve(light))


@lru_cache
def _chroma_table() -> Bytes:
    code = np.arange(256, dtype=np.float64)
    return np.asarray(np.clip((code - 128) * 255 / 224 + 128.5, 0, 255), np.uint8)
