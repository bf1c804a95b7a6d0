"""Curves over a film's time as SVG paths, however many frames there are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WIDE, HIGH = 100_000, 100
"""The box that curves are drawn in, in whole units; the page stretches it to any width."""

Numbers = NDArray[np.float64]


def thin(shares: Numbers, values: Numbers, buckets: int) -> tuple[Numbers, Numbers]:
    """Return at most two points a bucket, its lowest and its highest in their order.

    shares: (n,) position in the film, 0-1, rising. values: (n,), nan where there is none.
    A peak of one frame survives; averages would hide it. Short curves come back whole.
    """
    if len(values) <= 2 * buckets:
        return shares, values
    bucket = np.minimum((shares * buckets).astype(np.int64), buckets - 1)
    starts = np.flatnonzero(np.r_[True, np.diff(bucket) > 0])
    keep: list[int] = []
    for start, end in zip(starts, [*starts[1:], len(values)], strict=True):
        part = values[start:end]
        if np.isnan(part).all():
            keep.append(int(start))
            continue
        low, high = int(np.nanargmin(part)), int(np.nanargmax(part))
        keep += sorted({int(start) + low, int(start) + high})
    return shares[keep], values[keep]


def line(shares: Numbers, values: Numbers, low: float, high: float) -> str:
    """Return the ``d`` of an open line; nan breaks it. Values beyond the range are held at it."""
    return " ".join(
        "M" + " ".join(points) for points in _runs(shares, values, low, high) if len(points) > 1
    )


def area(shares: Numbers, values: Numbers, low: float, high: float) -> str:
    """Return the ``d`` of the surface under a line."""
    made = []
    for points in _runs(shares, values, low, high):
        first, last = points[0].split(",")[0], points[-1].split(",")[0]
        made.append(f"M{first},{HIGH} {' '.join(points)} {last},{HIGH}Z")
    return " ".join(made)


def spans(pairs: list[tuple[float, float]]) -> str:
    """Return the ``d`` of full-height bands; pairs are shares 0-1."""
    return "".join(
        f"M{a * WIDE:.0f},0H{max(b * WIDE, a * WIDE + 20):.0f}V{HIGH}H{a * WIDE:.0f}Z"
        for a, b in pairs
    )


def ticks(shares: list[float]) -> str:
    """Return the ``d`` of short vertical marks below the box, where no curve hides them."""
    return "".join(f"M{share * WIDE:.0f},{HIGH + 3}v14" for share in shares)


def _runs(shares: Numbers, values: Numbers, low: float, high: float) -> list[list[str]]:
    """Return the curve's points as ``x,y``, a list for each stretch without nan."""
    scale = HIGH / max(high - low, 1e-9)
    y = HIGH - (np.clip(values, low, high) - low) * scale
    runs: list[list[str]] = [[]]
    for at, height in zip(shares * WIDE, y, strict=True):
        if np.isnan(height):
            if runs[-1]:
                runs.append([])
        else:
            runs[-1].append(f"{at:.0f},{height:.0f}")
    return [run for run in runs if run]
