"""Building `Measures` row by row, and keeping them in files."""

from __future__ import annotations

import io
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from animstudio.film.measures import Measures

Row = Mapping[str, float | NDArray[np.generic]]

_COLUMNS = [field.name for field in fields(Measures) if field.name not in ("time_base", "rate")]
_TYPES = {"pts": np.int64, "signature": np.uint8}


class MeasureTable:
    """A growing table; columns double their room, so that a row costs no copy of the rest."""

    def __init__(self, time_base: Fraction, rate: Fraction) -> None:
        self._time_base = time_base
        self._rate = rate
        self._columns: dict[str, NDArray[np.generic]] = {}
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def append(self, row: Row) -> None:
        """Add one frame's measures; the first row settles which columns there are."""
        for name, value in row.items():
            column = self._columns.get(name)
            if column is None:
                column = np.zeros((256, *np.shape(value)), _TYPES.get(name, np.float32))
            elif self._rows == len(column):
                column = np.concatenate([column, np.zeros_like(column)])
            column[self._rows] = value
            self._columns[name] = column
        self._rows += 1

    def column(self, name: str) -> NDArray[np.generic]:
        """Return one column as a view of the table; good until the next row."""
        return self._columns[name][: self._rows]

    def measures(self, start: int = 0, end: int | None = None) -> Measures:
        """Return rows [start, end) as a view of the table."""
        stop = self._rows if end is None else min(end, self._rows)
        columns = {name: column[start:stop] for name, column in self._columns.items()}
        return _measures(self._time_base, self._rate, columns)


def _measures(
    time_base: Fraction, rate: Fraction, columns: Mapping[str, NDArray[np.generic]]
) -> Measures:
    """Return `Measures` of these columns; columns a film has none of stay None."""
    given = {name: columns.get(name) for name in _COLUMNS}
    return Measures(time_base=time_base, rate=rate, **typing.cast(typing.Any, given))


def save_measures(measures: Measures) -> bytes:
    """Return the measures as the bytes of an ``.npz`` file: same table, same bytes."""
    arrays = {name: column for name in _COLUMNS if (column := getattr(measures, name)) is not None}
    clock = [measures.time_base, measures.rate]
    arrays["clock"] = np.array([n for f in clock for n in f.as_integer_ratio()], np.int64)
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


def load_measures(path: Path) -> Measures:
    """Return the measures of an ``.npz`` file."""
    with np.load(path, allow_pickle=False) as arrays:
        a, b, c, d = (int(n) for n in arrays["clock"])
        columns = {name: arrays[name] for name in arrays.files if name != "clock"}
    return _measures(Fraction(a, b), Fraction(c, d), columns)


def _uses(parts: Sequence[Measures]) -> Iterator[slice]:
    """Yield which rows of each span are used, so that times never run back.

    A damaged end may give a later frame than the next span's first in its place.
    """
    begin = 0
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        end = len(part)
        if following is not None:
            first = int(following.pts[0])
            end = int(np.searchsorted(part.pts, first, side="right"))
        yield slice(begin, end)
        met = following is not None and end > 0 and int(part.pts[end - 1]) == first
        begin = 1 if met else 0


def join_spans(parts: Sequence[Measures]) -> Measures:
    """Return one table of consecutive spans.

    A span's table ends with the first frame of the next one, measured against its own last
    frame; that row takes the place of the next table's first, which had no frame before it.
    """
    columns: dict[str, NDArray[np.generic]] = {}
    uses = list(_uses(parts))
    for name in _COLUMNS:
        pieces = []
        for part, use in zip(parts, uses, strict=True):
            column = getattr(part, name)
            if column is not None:
                pieces.append(column[use])
        if pieces:
            columns[name] = np.concatenate(pieces)
    return _measures(parts[0].time_base, parts[0].rate, columns)
