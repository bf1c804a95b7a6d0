"""The palette: a picture's few main colours, and a whole film's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animstudio.film.composition.colours import Colours
from animstudio.media.imaging import bgr_of

ROUNDS = 32
"""Most rounds of k-means; it settles in about ten."""


@dataclass(frozen=True, slots=True)
class Swatch:
    """One colour of a palette.

    hex:   "#rrggbb".
    lab:   CIE Lab; L 0-100, a and b about -128 to 127.
    share: share of the picture (or film) that it stands for, 0-1.
    """

    hex: str
    lab: tuple[float, float, float]
    share: float

    def as_record(self) -> dict[str, str | float | list[float]]:
        """Return plain JSON."""
        return {
            "hex": self.hex,
            "lab": [round(value, 2) for value in self.lab],
            "share": round(self.share, 4),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Swatch:
        """Return the swatch that `as_record` wrote."""
        light, a, b = record["lab"]
        return cls(record["hex"], (light, a, b), record["share"])


def palette_of(colours: Colours, count: int = 5) -> tuple[Swatch, ...]:
    """Return at most `count` main colours, the largest share first; they sum to 1."""
    return _swatches(colours.lab, colours.share, count)


def film_palette(
    palettes: Sequence[Sequence[Swatch]], weights: Sequence[float] | None = None, count: int = 5
) -> tuple[Swatch, ...]:
    """Return the main colours of many pictures; `weights` say how long each is seen.

    Empty when there are no palettes or nothing weighs anything.
    """
    each = [1.0] * len(palettes) if weights is None else weights
    pairs = [
        (swatch.lab, swatch.share * weight)
        for palette, weight in zip(palettes, each, strict=True)
        for swatch in palette
        if swatch.share * weight > 0
    ]
    if not pairs:
        return ()
    lab = np.array([colour for colour, _ in pairs])
    weight = np.array([share for _, share in pairs])
    return _swatches(lab, weight / weight.sum(), count)


def _swatches(
    lab: NDArray[np.float64], weight: NDArray[np.float64], count: int
) -> tuple[Swatch, ...]:
    centres, shares = weighted_kmeans(lab, weight, count)
    bgr = np.rint(bgr_of(centres)).astype(int).tolist()
    found = [
        Swatch(f"#{r:02x}{g:02x}{b:02x}", (float(c[0]), float(c[1]), float(c[2])), float(share))
        for (b, g, r), c, share in zip(bgr, centres, shares, strict=True)
    ]
    return tuple(sorted(found, key=lambda swatch: (-swatch.share, swatch.hex)))


def weighted_kmeans(
    points: NDArray[np.float64], weight: NDArray[np.float64], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return at most `count` centres (k, d) of weighted points (n, d), and their weights.

    Lloyd's k-means. It starts, with no chance in it, from the heaviest point and then always
    from the one that is heaviest times farthest from the centres so far: k-means++
    (Arthur and Vassilvitskii 2007) with its draw replaced by the likeliest outcome.
    """
    chosen = [int(weight.argmax())]
    far = _square_distance(points, points[chosen])[:, 0]
    while len(chosen) < min(count, len(points)) and (weight * far).max() > 0:
        chosen.append(int((weight * far).argmax()))
        far = np.minimum(far, _square_distance(points, points[chosen[-1:]])[:, 0])
    centres = points[chosen]
    nearest = np.zeros(len(points), np.intp)
    for _ in range(ROUNDS):
        last, nearest = nearest, _square_distance(points, centres).argmin(axis=1)
        members = (nearest[:, None] == np.arange(len(centres))) * weight[:, None]
        members = members[:, members.sum(axis=0) > 0]
        centres = (members.T @ points) / members.sum(axis=0)[:, None]
        if (last == nearest).all():
            break
    return centres, members.sum(axis=0)


def _square_distance(
    points: NDArray[np.float64], centres: NDArray[np.float64]
) -> NDArray[np.float64]:
    gaps = points[:, None, :] - centres[None, :, :]
    return np.asarray(np.einsum("nkd,nkd->nk", gaps, gaps))
