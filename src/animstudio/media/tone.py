"""Ranges and tones: studio range to full, high dynamic range to standard.

Transfer functions: SMPTE ST 2084 (PQ) and ARIB STD-B67 (HLG, with its system gamma) as given in
ITU-R BT.2100-2; BT.2020 to BT.709 primaries from ITU-R BT.2087-0. The tone curve is that of
ITU-R BT.2390-10, 5.4.1 (a Hermite knee in PQ): what is darker than about 90 cd/m2 stays as it
is, graphics white (203 cd/m2, ITU-R BT.2408) becomes a white of 229, and what goes up to
1000 cd/m2 fits above it. It acts on the largest of R, G and B, so no colour changes its hue.
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
    import cv2

    light = _linear_table(transfer)[rgb]
    if transfer == "hlg":
        light *= _system_gain(light)[..., None]
    light = np.maximum(cv2.transform(light, _TO_BT709), 0)
    peak = light.max(axis=2)
    code = np.sqrt(np.minimum(peak, _TOP) / _TOP) * np.float32(_STEPS)
    light *= _gain_table()[code.astype(np.int32)][..., None]
    return np.ascontiguousarray(_gamma(light)[..., ::-1])


def _system_gain(scene: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what HLG's scene light (h, w, 3) is multiplied by to be light on a display."""
    luminance = scene @ np.array([0.2627, 0.6780, 0.0593], np.float32)
    gain = np.maximum(luminance, 1e-6) ** np.float32(0.2)
    return np.asarray(gain * np.float32(PEAK / GRAPHICS_WHITE), np.float32)


_TOP = np.float32(2 * PEAK / GRAPHICS_WHITE)  # brighter than that, of graphics white, is clipped
_STEPS = 4095


@lru_cache
def _gain_table() -> NDArray[np.float32]:
    """Return mapped light over light for the squares of 4096 even steps up to `_TOP`."""
    light = (np.arange(_STEPS + 1) / _STEPS) ** 2 * float(_TOP)
    light[0] = light[1]
    return np.asarray(_curve(light) / light, np.float32)


def _curve(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map light, 1.0 = graphics white, so that `PEAK` becomes 1.0 (BT.2390 EETF)."""
    top, goal = _to_pq(PEAK), _to_pq(GRAPHICS_WHITE) / _to_pq(PEAK)
    code = np.minimum(_to_pq(light * GRAPHICS_WHITE) / top, 1)
    knee = 1.5 * goal - 0.5
    t = np.maximum(code - knee, 0) / (1 - knee)
    bent = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (-2 * t**3 + 3 * t**2) * goal
    )
    return _from_pq(np.where(code < knee, code, bent) * top) / GRAPHICS_WHITE


def _gamma(light: NDArray[np.float32]) -> Bytes:
    """Return light 0-1 as 8-bit code values, by the display gamma of 2.2 that players use."""
    import cv2

    code = cv2.pow(np.clip(light, 0, 1), 1 / 2.2)
    return np.asarray(code * 255 + 0.5, np.uint8)


_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32


def _from_pq(code: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the light of PQ code values 0-1 in cd/m2."""
    power = code ** (1 / _M2)
    return np.asarray(10_000 * (np.maximum(power - _C1, 0) / (_C2 - _C3 * power)) ** (1 / _M1))


def _to_pq(nits: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Return the PQ code value 0-1 of light in cd/m2."""
    power = (np.asarray(nits, np.float64) / 10_000) ** _M1
    return np.asarray(((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2)


@lru_cache
def _linear_table(transfer: str) -> NDArray[np.float32]:
    """Return the light of 65536 code values: PQ's with 1.0 = graphics white, HLG's of the scene."""
    code = np.linspace(0, 1, 65536)
    if transfer == "pq":
        return np.asarray(_from_pq(code) / GRAPHICS_WHITE, np.float32)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    return np.asarray(scene, np.float32)


@lru_cache
def _luma_table(transfer: str, full_range: bool) -> Bytes:
    code = np.arange(256, dtype=np.float64)
    share = code / 255 if full_range else np.clip((code - 16) / 219, 0, 1)
    grey = np.round(share * 65535).astype(np.uint16)
    return np.ascontiguousarray(tone_map(np.repeat(grey[None, :, None], 3, 2), transfer)[0, :, 0])


@lru_cache
def _chroma_table() -> Bytes:
    code = np.arange(256, dtype=np.float64)
    return np.asarray(np.clip((code - 128) * 255 / 224 + 128.5, 0, 255), np.uint8)
