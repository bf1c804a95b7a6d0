"""Tables of measures: rows in, the same rows out, of one piece or of many spans."""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from animstudio.film.measures import Beat, Measures, frame_ticks
from animstudio.film.table import MeasureTable, Row, join_spans, load_measures, save_measures

from .film_facts import measures

ARRAYS = [f.name for f in fields(Measures) if f.name not in ("time_base", "rate")]


def row(m: Measures, frame: int) -> dict[str, object]:
    columns = {name: getattr(m, name) for name in ARRAYS}
    return {name: column[frame] for name, column in columns.items() if column is not None}


def table_of(m: Measures, frames: range) -> MeasureTable:
    table = MeasureTable(m.time_base, m.rate)
    for frame in frames:
        values: Row = row(m, frame)  # type: ignore[assignment]
        table.append(values)
    return table


def same(a: Measures, b: Measures) -> bool:
    clock = (a.time_base, a.rate) == (b.time_base, b.rate)
    pairs = [(getattr(a, name), getattr(b, name)) for name in ARRAYS]
    return clock and all(
        x is y is None or (x.dtype == y.dtype and np.array_equal(x, y, equal_nan=True))
        for x, y in pairs
    )


@pytest.mark.parametrize("count", [1, 255, 256, 257, 1000])
def test_rows_come_out_as_they_went_in(count: int) -> None:
    m = measures(count)
    table = table_of(m, range(count))
    assert len(table) == count
    assert same(table.measures(), m)


def test_a_part_of_a_table_is_a_view(tmp_path: Path) -> None:
    table = table_of(measures(300), range(300))
    part = table.measures(100, 120)
    assert len(part) == 20
    assert np.shares_memory(part.luma, table.measures().luma)
    assert len(table.measures(290, 999)) == 10


def test_files_hold_everything_and_are_the_same_for_the_same_table(tmp_path: Path) -> None:
    m = measures(50, rate=Fraction(24000, 1001), time_base=Fraction(1, 90_000), start=-7)
    m.bars[3] = np.nan
    path = tmp_path / "measures.npz"
    path.write_bytes(save_measures(m))
    assert same(load_measures(path), m)
    assert save_measures(load_measures(path)) == path.read_bytes()


@given(cuts=st.lists(st.integers(1, 99), unique=True, max_size=5), shift=st.integers(-500, 500))
def test_spans_joined_are_the_whole(cuts: list[int], shift: int) -> None:
    """A span ends with the next one's first frame, measured against its own last."""
    m = measures(100, start=shift)
    edges = [0, *sorted(cuts), 100]
    parts = []
    for first, last in pairwise(edges):
        part = table_of(m, range(first, min(last + 1, 100))).measures()
        for name in ("hue", "change", "novelty", "tx", "support"):
            getattr(part, name)[0] = 0 if first else getattr(m, name)[0]  # nothing before it
        parts.append(part)
    assert same(join_spans(parts), m)


@given(st.integers(1, 400))
def test_beats_are_frame_numbers_in_a_film_of_constant_rate(start: int) -> None:
    m = measures(60, rate=Fraction(30_000, 1001), time_base=Fraction(1001, 30_000), start=start)
    assert np.diff(m.beats).tolist() == [1] * 59
    assert frame_ticks(m.rate, m.time_base) == 1
    assert m.seconds(30) == pytest.approx(30 * 1001 / 30_000)


@given(
    st.lists(st.integers(-(2**62), 2**62), max_size=8),
    st.fractions(Fraction(1, 2**31), 1),
    st.fractions(Fraction(1, 1000), 1000),
)
def test_beats_are_exact_with_any_clock(times: list[int], base: Fraction, rate: Fraction) -> None:
    """Ticks of nanoseconds at an odd rate: what lies between does not fit into 64 bits."""
    beat = Beat.of(base, rate)
    exact = [beat.at(time) for time in times]
    assume(all(abs(one) < 2**63 for one in exact))
    assert beat.at(np.array(times, np.int64)).tolist() == exact
    assert all(
        abs(one - time * base * rate) <= Fraction(1, 2)
        for one, time in zip(exact, times, strict=True)
    )
