"""Measures for tests: a film at rest, but for the columns given."""

from collections.abc import Sequence
from dataclasses import MISSING, fields
from fractions import Fraction

import numpy as np

from animstudio.film.measures import Measures

_SHAPES = {"signature": (9, 16, 3), "bars": (4,)}
_RESTING = {"scale": 1.0, "support": 1.0}


def blank_measures(
    count: int,
    rate: Fraction | int = 24,
    *,
    time_base: Fraction | None = None,
    pts: Sequence[int] | None = None,
    **columns: object,
) -> Measures:
    """Return `count` frames at rest; a column may be given as one number for all."""
    base = time_base or 1 / Fraction(rate)
    steady = [round(i / (rate * base)) for i in range(count)]
    table = {"pts": np.asarray(steady if pts is None else pts, np.int64)}
    for field in fields(Measures):
        if field.name in ("time_base", "rate", "pts"):
            continue
        if field.default is not MISSING and field.name not in columns:
            continue
        shape = (count, *_SHAPES.get(field.name, ()))
        kind = np.uint8 if field.name == "signature" else np.float32
        value = np.asarray(columns.get(field.name, _RESTING.get(field.name, 0)), kind)
        table[field.name] = np.broadcast_to(value, shape).copy()
    return Measures(time_base=base, rate=Fraction(rate), **table)
