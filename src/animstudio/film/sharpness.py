"""How sharp a frame is, and how much of it is black bars; cheap enough for every frame.

Sharpness is the variance of the Laplacian (Pech-Pacheco et al., "Diatom autofocusing in
brightfield microscopy", ICPR 2000). Frames of one shot only need ranking, so it is taken on
about 64 evenly spread rows of `Views.fine`, in 16-bit integers. Bars are looked for in those
rows too; where there are some, their edges are sought in the rows between.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from animstudio.media.views import Bytes, HalfRows, Views

BLACK = 32
"""Luma at and below which a pixel may belong to a bar; studio-range black is 16, plus noise."""
LIT = 64
"""A frame that is nowhere brighter than this is too dark to tell bars from night."""
WIDEST = 0.45
"""Most that one bar can take of its axis; beyond it the picture is dark, not barred."""
HARD = 0.3
"""Share of a bar's edge along which the picture must be lit; less is night, not a bar."""
ROWS = 64
"""Rows that sharpness is read from, at least, where the picture has as many."""
GUARD = 2
"""Rows and columns left out beside a bar, so that its edge is not taken for detail."""


class SharpnessAnalyser:
    """Sees one frame's views at a time and keeps nothing, so frames may come in any order."""

    def see(self, views: Views) -> dict[str, float | NDArray[np.float32]]:
        """Return `sharpness` and `bars` as `Measures` documents them."""
        bars = see_bars(views.fine, views.half, views.apart)
        return {"sharpness": see_sharpness(views.fine, bars), "bars": bars}


def see_sharpness(luma: Bytes, bars: NDArray[np.float32]) -> float:
    """Return the variance of the Laplacian over luma (h, w) inside its bars (shares; nan: none).

    Zero for a content less than 3 pixels high or wide.
    """
    height, width = luma.shape
    edges = [
        round(share * side) + GUARD if share > 0 else 0
        for share, side in zip(bars.tolist(), (height, height, width, width), strict=True)
    ]
    inside = luma[edges[0] : height - edges[1], edges[2] : width - edges[3]]
    if min(inside.shape) < 3:
        return 0.0
    step = max(1, (inside.shape[0] - 2) // ROWS)
    rows = inside[1:-1:step].astype(np.int16)
    bend = np.add(inside[:-2:step], inside[2::step], dtype=np.int16)
    bend -= rows * np.int16(4)
    bend = bend[:, 1:-1]
    bend += rows[:, :-2]
    bend += rows[:, 2:]
    flat = bend.reshape(-1).astype(np.float32)
    return max(0.0, float(flat @ flat) / flat.size - (float(flat.sum()) / flat.size) ** 2)


def see_bars(
    luma: Bytes, half: HalfRows | Bytes | None = None, apart: int = 1
) -> NDArray[np.float32]:
    """Return the black bars of luma: top, bottom, left, right as shares; nan: too dark.

    luma, half, apart: `fine`, `half` and `apart` of `Views`; luma alone is taken for both.

    A bar ends in a hard edge. Where black runs softly into the picture it may as well be
    night, and the frame tells nothing.
    """
    width = luma.shape[1]
    thin = luma[:: max(1, len(luma) // ROWS)]
    columns = thin.max(axis=0)
    if int(columns.max()) < LIT:
        return np.full(4, math.nan, np.float32)
    lit = np.flatnonzero(columns > BLACK)
    left, right = int(lit[0]), width - 1 - int(lit[-1])
    rows = luma if half is None else half
    height = len(rows)
    first, last = _lit_rows(luma, rows, apart)
    top, bottom = first, height - 1 - last
    bars = np.array([top / height, bottom / height, left / width, right / width], np.float32)
    edges = (
        (top, rows, first + GUARD, slice(left, width - right)),
        (bottom, rows, last - GUARD, slice(left, width - right)),
        (left, thin.T, left + GUARD, slice(None)),
        (right, thin.T, width - 1 - right - GUARD, slice(None)),
    )
    clear = float(bars.max()) <= WIDEST and all(
        _hard(lines, at, part) for bar, lines, at, part in edges if bar
    )
    return bars if clear else np.full(4, math.nan, np.float32)


def _hard(lines: HalfRows | Bytes, at: int, part: slice) -> bool:
    """Say whether the picture is lit along a good part of the line beside a bar's edge."""
    if not 0 <= at < len(lines):
        return False
    line = lines[at : at + 1].reshape(-1)[part]
    return bool(np.count_nonzero(line > (BLACK + LIT) // 2) >= HARD * line.size)


def _lit_rows(luma: Bytes, half: HalfRows | Bytes, apart: int) -> tuple[int, int]:
    """Return the first and the last row of `half` that is lit."""
    # Row i of `luma` is the mean of the film's rows film(i) and film(i) + apart.
    first, last = 0, len(half) - 1
    if int(luma[0].max()) > BLACK and int(luma[-1].max()) > BLACK:
        return first, last
    lit = np.flatnonzero(luma.max(axis=1) > BLACK)
    if lit[0] > 0:
        film = apart // 2 + 2 * apart * int(lit[0])
        begin = (film - apart) // 2
        first = begin + int(_lit(half[begin : (film + apart) // 2 + 1])[0])
    if lit[-1] < len(luma) - 1:
        film = apart // 2 + 2 * apart * int(lit[-1])
        begin = film // 2
        last = begin + int(_lit(half[begin : film // 2 + apart + 1])[-1])
    return first, last


def _lit(rows: Bytes) -> NDArray[np.intp]:
    """Return which of the rows are lit; the brightest, where each is just not."""
    brightest = rows.max(axis=1)
    return np.flatnonzero(brightest > min(BLACK, int(brightest.max()) - 1))
