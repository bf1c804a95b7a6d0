"""Little drawn films for the tests of shots: pictures of known content, and their measures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from animstudio.film.content import ContentAnalyser
from animstudio.film.measures import Measures
from animstudio.media.views import views_of_bgr

Pixels = NDArray[np.uint8]
WIDTH, HEIGHT = 160, 90


def place(seed: int, dark: bool = False) -> Pixels:
    """A drawn place, twice as wide as a picture: flat rectangles on a flat ground."""
    rng = np.random.default_rng(seed)
    top = 60 if dark else 255
    out = np.empty((HEIGHT, 2 * WIDTH, 3), np.uint8)
    out[:] = rng.integers(0, top, 3)
    for _ in range(40):
        x, y = int(rng.integers(0, 2 * WIDTH)), int(rng.integers(0, HEIGHT))
        w, h = int(rng.integers(8, 50)), int(rng.integers(8, 40))
        out[y : y + h, x : x + w] = rng.integers(0, top, 3)
    return out


def shot(seed: int, frames: int, *, speed: float = 0.0, dark: bool = False) -> list[Pixels]:
    """`frames` pictures of a place, the camera moving `speed` pixels a frame while it can."""
    wide = place(seed, dark)
    middle = WIDTH // 2 - speed * frames / 2
    starts = [min(WIDTH, max(0, round(middle + k * speed))) for k in range(frames)]
    return [wide[:, x : x + WIDTH].copy() for x in starts]


def held(pictures: Sequence[Pixels], on: int) -> list[Pixels]:
    """The same pictures, each drawing held for `on` frames."""
    return [pictures[k // on * on] for k in range(len(pictures))]


def mix(old: Sequence[Pixels], new: Sequence[Pixels]) -> list[Pixels]:
    """A dissolve, both shots running on."""
    shares = [(k + 1) / (len(old) + 1) for k in range(len(old))]
    return [np.uint8(a * (1 - s) + b * s + 0.5) for a, b, s in zip(old, new, shares, strict=True)]


def flat(level: int, frames: int) -> list[Pixels]:
    """Black, white, or a grey between."""
    return [np.full((HEIGHT, WIDTH, 3), level, np.uint8)] * frames


def lit(
    pictures: Sequence[Pixels], strength: Callable[[int], float], level: int = 255
) -> list[Pixels]:
    """The pictures under a light: `strength(k)` 0-1 of frame k gives way to `level`."""
    return [np.uint8(p * (1 - strength(k)) + level * strength(k)) for k, p in enumerate(pictures)]


def measure(pictures: Iterable[Pixels], rate: Fraction | int = 24) -> Measures:
    """The content measures of pictures; the other columns are empty."""
    analyser = ContentAnalyser()
    rows = [analyser.see(views_of_bgr(picture)) for picture in pictures]
    return measures_of(rows, rate)


def measures_of(rows: Sequence[dict[str, object]], rate: Fraction | int = 24) -> Measures:
    """Measures of the content analyser's rows."""
    n, rate = len(rows), Fraction(rate)
    names = ("hue", "saturation", "value", "change", "novelty", "luma", "contrast")
    columns = {name: np.array([row[name] for row in rows], np.float32) for name in names}
    shape = (n, 9, 16, 3)
    none = np.zeros(n, np.float32)
    return Measures(
        time_base=1 / rate,
        rate=rate,
        pts=np.arange(n),
        signature=np.array([row["signature"] for row in rows], np.uint8).reshape(shape),
        sharpness=none,
        bars=np.zeros((n, 4), np.float32),
        tx=none,
        ty=none,
        scale=none + 1,
        angle=none,
        support=none,
        residual=none,
        **columns,
    )
