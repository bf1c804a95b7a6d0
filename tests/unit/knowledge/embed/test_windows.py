from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from animstudio.knowledge.embed.windows import as_one, windows


@given(st.lists(st.booleans(), max_size=200), st.integers(1, 40))
def test_windows_leave_nothing_out_and_fit(gaps: list[bool], room: int) -> None:
    offsets, place = [], 0
    for gap in gaps:
        place += gap
        offsets.append((place, place + 1))
        place += 1
    found = windows(offsets, room)
    assert [start for start, _ in found] == [0, *(end for _, end in found[:-1])]
    assert found[-1][1] == len(offsets)
    assert all(end - start <= room for start, end in found)


def test_windows_end_where_a_word_does() -> None:
    words = [(i * 5, i * 5 + 2) if i % 2 == 0 else (i * 5 - 3, i * 5) for i in range(40)]
    assert all(end % 2 == 0 for _, end in windows(words, 17))


def test_one_vector_of_several_windows_has_length_one() -> None:
    vectors = np.eye(3, dtype=np.float32)
    np.testing.assert_allclose(as_one(vectors), np.full(3, 3**-0.5), rtol=1e-6)
