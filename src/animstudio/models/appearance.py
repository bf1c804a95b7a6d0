"""The embedder `appearance`: colours, where they are, texture and shape of what a mask covers.

Drawn characters keep their palette through a film, so that speaks first, when the light of the
shot is taken out of it; pose and size speak little. Parts are vectors of length 1, weighed and put
together, so that a cosine is the weighed mean of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from animstudio.media.cutout import lab_picture
from animstudio.media.imaging import grey_of, resized, slopes
from animstudio.media.views import Bytes
from animstudio.media.warp import shrunk
from animstudio.models.light import relit
from animstudio.models.registry import Host, Model
from animstudio.models.seams import Cutout, Floats, Mask

SIDE: Final = 128
"""Longest side at which a picture is looked at."""
WEIGHTS: Final = {"palette": 0.55, "bands": 0.25, "texture": 0.1, "shape": 0.1}
LEVELS: Final = (4, 6, 6)
"""Steps of L, a and b that colours are counted in; few, since light changes between shots."""
REACH: Final = ((0.0, 100.0), (-64.0, 64.0), (-64.0, 64.0))


@dataclass(frozen=True, slots=True)
class Appearance:
    """Embeds by colour, texture and shape; no weights, nothing learned."""

    name: str = "appearance"

    @property
    def dimensions(self) -> int:
        """Of a vector."""
        palette = int(np.prod(LEVELS))
        return palette + 3 * (LEVELS[1] * LEVELS[2]) + 3 * 8 + 64

    def embed(self, pictures: Sequence[Cutout]) -> Floats:
        """Return (n, dimensions) float32 vectors of length 1."""
        if not pictures:
            return np.zeros((0, self.dimensions), np.float32)
        return np.stack([_vector(cutout) for cutout in pictures]).astype(np.float32)


def build(model: Model, host: Host) -> Appearance:
    """Return it: it needs neither weights nor a device."""
    return Appearance()


def _vector(cutout: Cutout) -> Floats:
    picture, mask = _small(cutout)
    lab = lab_picture(relit(picture, mask))
    parts = {
        "palette": _palette(lab[mask]),
        "bands": _bands(lab, mask),
        "texture": _texture(picture, mask),
        "shape": _shape(mask),
    }
    vector = np.concatenate([WEIGHTS[name] ** 0.5 * _unit(part) for name, part in parts.items()])
    return _unit(vector)


def _small(cutout: Cutout) -> tuple[Bytes, Mask]:
    """Return the thing's own box, shrunk; all of the picture where the mask is empty."""
    rows = np.flatnonzero(cutout.mask.any(axis=1))
    columns = np.flatnonzero(cutout.mask.any(axis=0))
    if not len(rows):
        picture = shrunk(cutout.picture, SIDE)
        return picture, np.ones(picture.shape[:2], np.bool_)
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    picture = shrunk(np.ascontiguousarray(cutout.picture[box]), SIDE)
    mask = resized(cutout.mask[box].astype(np.float32), picture.shape[:2]) > 0.5
    return picture, mask if mask.any() else np.ones(picture.shape[:2], np.bool_)


def _palette(lab: Floats) -> Floats:
    """Return how often each colour occurs; a colour counts for the steps it lies between."""
    return np.asarray(np.sqrt(_soft_count(lab, LEVELS, REACH)), np.float32)


def _bands(lab: Floats, mask: Mask) -> Floats:
    """Return the tints of the upper, middle and lower third: hair, coat, trousers."""
    found = []
    for band, where in zip(np.array_split(lab, 3), np.array_split(mask, 3), strict=True):
        tints = band[where][:, 1:]
        found.append(np.sqrt(_soft_count(tints, LEVELS[1:], REACH[1:])))
    return np.concatenate(found)


def _soft_count(
    values: Floats, levels: Sequence[int], reach: Sequence[tuple[float, float]]
) -> Floats:
    """Return the shares (levels multiplied,) of values (n, d) in a grid, linear between cells."""
    size = int(np.prod(levels))
    if not len(values):
        return np.zeros(size, np.float32)
    low = np.array([pair[0] for pair in reach], np.float32)
    high = np.array([pair[1] for pair in reach], np.float32)
    top = np.array(levels, np.float32) - 1
    place = np.clip((values - low) / (high - low), 0, 1) * top
    base = np.minimum(place.astype(np.intp), np.array(levels) - 2)
    rest = place - base
    strides = np.cumprod([1, *levels[:0:-1]])[::-1]
    count = np.zeros(size, np.float64)
    for corner in np.ndindex(*([2] * len(levels))):
        side = np.array(corner)
        weight = np.prod(np.where(side, rest, 1 - rest), axis=1)
        count += np.bincount((base + side) @ strides, weight, size)
    return (count / len(values)).astype(np.float32)


def _texture(picture: Bytes, mask: Mask) -> Floats:
    """Return how strong slopes in eight directions are, at three strengths: fur, folds, flat."""
    right, down = slopes(grey_of(picture))
    strength = np.hypot(right, down)[mask]
    turn = (np.arctan2(down, right)[mask] / np.pi * 4).astype(np.intp) % 8
    step = np.digitize(strength, [4.0, 14.0])
    count = np.bincount(step * 8 + turn, minlength=24)
    return np.asarray(np.sqrt(count / max(1, int(count.sum()))), np.float32)


def _shape(mask: Mask) -> Floats:
    """Return the outline, 8 x 8, in a square around the middle."""
    height, width = mask.shape
    side = max(height, width)
    square = np.zeros((side, side), np.float32)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = mask
    return resized(square, (8, 8)).ravel()


def _unit(vector: NDArray[np.float32]) -> Floats:
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length > 0 else vector
