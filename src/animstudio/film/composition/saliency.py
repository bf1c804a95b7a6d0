"""Saliency: what the eye goes to first, as a map.

Three views of it, all from one small picture:

- *a colour apart*: colours far from the picture's other colours stand out (global contrast:
  Cheng et al., "Global contrast based salient region detection", CVPR 2011), the more so when
  they sit in one place (Perazzi et al., "Saliency filters", CVPR 2012);
- *not the ground*: colours that reach the picture's border belong to the background
  (Wei et al., "Geodesic saliency using background priors", ECCV 2012);
- *out of pattern*: what the spectrum does not expect (Hou and Zhang, "Saliency detection: a
  spectral residual approach", CVPR 2007).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from animstudio.film.composition.colours import Colours, skin_of
from animstudio.media.imaging import Plane, blurred, box_mean, resized

MOST = 128
"""Colours compared with each other; the rarer ones count as the nearest of these."""
SAME = 12.0
"""Lab distance at which two colours are still much the same thing."""
WARM = 0.4
"""How much more a colour like skin weighs: faces draw the eye, and so does their colour."""
CLEAR = 0.4
"""Range of colour saliency, 0-1, that a picture with a clear subject has."""
RIM = 0.04
"""Width of the border, as a share of the shorter side."""
FAINT = 0.1
"""Strength (levels summed over the picture) below which a frequency is not there."""
SPECTRAL_SIDE = 64
"""Longest side for the spectral residual, as its authors chose."""


def saliency_of(grey: Plane, colours: Colours) -> Plane:
    """Return the saliency (h, w), 0 to 1, of a small picture: its luma and its colours.

    All zero for a picture of one colour.
    """
    tone = apart(colours)
    if tone.max() <= 0:
        return np.zeros(grey.shape, np.float32)
    by_colour = tone[colours.number].astype(np.float32)
    by_pattern = resized(spectral_residual(grey), grey.shape)
    sigma = max(grey.shape) / 80
    tone_map = blurred(by_colour, sigma)
    whole = _stretched(tone_map) * (0.65 + 0.35 * _stretched(by_pattern))
    # Stretching would make a subject of mere noise: what hardly stands out stays faint.
    told = min(1.0, float(np.ptp(tone_map)) / CLEAR)
    return _stretched(whole * _centre(grey.shape)) * np.float32(told)


def apart(colours: Colours) -> NDArray[np.float64]:
    """Return how much each colour (n,) stands apart, 0 to 1: contrast, compactness, no border."""
    kept = np.argsort(-colours.share, kind="stable")[:MOST]
    kept_lab = colours.lab[kept]
    gap = _distance(colours.lab, kept_lab)
    home = gap.argmin(axis=1)
    number: NDArray[np.intp] = home[colours.number]
    share = np.asarray(np.bincount(home, colours.share, len(kept)), np.float64)
    between = gap[kept]
    alike = np.exp(-((between / SAME) ** 2) / 2)
    contrast = between @ share
    spread = _spread(number, share, alike)
    ground = _ground(number, share, alike)
    tone = contrast * np.exp(-6 * spread) * (1 - ground) * (1 + WARM * skin_of(kept_lab))
    top = tone.max()
    return np.asarray((tone / top if top > 0 else tone)[home])


def _spread(
    number: NDArray[np.intp], share: NDArray[np.float64], alike: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far each colour and its like lie about: variance of place, 0 to about 0.2."""
    height, width = number.shape
    y, x = np.mgrid[0:height, 0:width]
    flat = number.ravel()
    mass = alike @ share
    spread = np.zeros(len(share))
    for place in ((x.ravel() + 0.5) / width - 0.5, (y.ravel() + 0.5) / height - 0.5):
        first = alike @ np.bincount(flat, place, len(share)) / flat.size / mass
        second = alike @ np.bincount(flat, place**2, len(share)) / flat.size / mass
        spread += np.maximum(0, second - first**2)
    return spread


def _ground(
    number: NDArray[np.intp], share: NDArray[np.float64], alike: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far each colour belongs to the border, 0 to 1."""
    height, width = number.shape
    rim = max(1, round(min(height, width) * RIM))
    sides = (number[:rim], number[-rim:], number[:, :rim], number[:, -rim:])
    border = sum(np.bincount(side.ravel(), minlength=len(share)) / side.size for side in sides)
    on_border = alike @ (border / 4)
    return on_border / (on_border + alike @ share)


def spectral_residual(grey: Plane) -> Plane:
    """Return the spectral residual map of luma, its longest side about 64; 0 and above."""
    factor = min(1.0, SPECTRAL_SIDE / max(grey.shape))
    size = (max(1, round(grey.shape[0] * factor)), max(1, round(grey.shape[1] * factor)))
    spectrum = np.fft.fft2(resized(grey, size))
    strength = np.abs(spectrum)
    logged = np.log(strength + FAINT).astype(np.float32)
    around = box_mean(np.pad(logged, 1, mode="wrap"), 3)[1:-1, 1:-1]
    residual = np.exp(logged - around)
    # Where there is nothing the phase is rounding noise, which must not become a pattern.
    there = np.where(strength > FAINT, residual, 0)
    back = np.fft.ifft2(there * np.exp(1j * np.angle(spectrum)))
    return blurred((np.abs(back) ** 2).astype(np.float32), 2.5)


def _centre(shape: tuple[int, int]) -> Plane:
    """Return a soft preference for the middle: 1 there, 0.5 in the corners."""
    y = (np.arange(shape[0]) + 0.5) / shape[0] * 2 - 1
    x = (np.arange(shape[1]) + 0.5) / shape[1] * 2 - 1
    return (1 - 0.25 * (y[:, None] ** 2 + x[None, :] ** 2)).astype(np.float32)


def _stretched(plane: Plane) -> Plane:
    low, high = float(plane.min()), float(plane.max())
    return (plane - low) / (high - low) if high > low else np.zeros_like(plane)


def _distance(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    square = (left**2).sum(1)[:, None] + (right**2).sum(1)[None] - 2 * left @ right.T
    return np.asarray(np.sqrt(np.maximum(square, 0)))
