"""Films for the tests of exports and report: measures and shots made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from animstudio.film.measures import Measures
from animstudio.film.shot import Shot, Transition


def measures(
    count: int,
    *,
    rate: Fraction | int = 24,
    time_base: Fraction | None = None,
    pts: Sequence[int] | None = None,
    start: int = 0,
    seed: int = 0,
) -> Measures:
    """Measures of `count` frames: steady times unless `pts` says otherwise, random numbers."""
    rate = Fraction(rate)
    base = time_base or 1 / (rate * 1000)
    ticks = pts if pts is not None else [round(i / (rate * base)) + start for i in range(count)]
    random = np.random.default_rng(seed)

    def row(low: float, high: float) -> np.ndarray:
        return random.uniform(low, high, count).astype(np.float32)

    return Measures(
        time_base=base,
        rate=rate,
        pts=np.asarray(ticks, np.int64),
        hue=row(0, 10),
        saturation=row(0, 10),
        value=row(0, 10),
        change=row(0, 10),
        luma=row(20, 220),
        contrast=row(10, 60),
        signature=random.integers(0, 256, (count, 9, 16, 3), np.uint8),
        sharpness=row(0, 500),
        bars=np.zeros((count, 4), np.float32),
        tx=row(-0.01, 0.01),
        ty=row(-0.01, 0.01),
        scale=row(0.99, 1.01),
        angle=row(-1, 1),
        support=row(0, 1),
        residual=row(0, 0.01),
    )


def shots(*ends: int, dissolves: dict[int, int] | None = None) -> list[Shot]:
    """Shots that tile [0, ends[-1]); `dissolves` gives a cut's frame and its length."""
    mixes = {
        at: Transition("dissolve", at - length // 2, at + length - length // 2)
        for at, length in (dissolves or {}).items()
    }
    bounds = [0, *ends]
    joins = [mixes.get(at, Transition("cut", at, at)) for at in ends[:-1]]
    return [
        Shot(number, start, end, opening, closing)
        for number, (start, end, opening, closing) in enumerate(
            zip(bounds, ends, [None, *joins], [*joins, None], strict=False), start=1
        )
    ]
