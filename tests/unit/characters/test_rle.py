"""Run lengths as COCO's tools read and write them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from animstudio.characters import rle
from animstudio.characters.records import Rle


@given(npst.arrays(np.bool_, npst.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)))
def test_a_mask_comes_back(mask: np.ndarray) -> None:  # type: ignore[type-arg]
    assert np.array_equal(rle.decode(rle.encode(mask)), mask)


def test_the_text_is_pycocotools_s() -> None:
    mask = np.zeros((4, 5), np.bool_)
    mask[1:3, 1:4] = True
    assert rle.encode(mask).counts == "5220003"
    assert rle.encode(np.ones((2, 2), np.bool_)).counts == "04"
    assert rle.encode(np.zeros((2, 2), np.bool_)).counts == "4"


@given(st.text(st.characters(min_codepoint=48, max_codepoint=111), max_size=8))
def test_other_texts_are_refused(counts: str) -> None:
    try:
        mask = rle.decode(Rle(size=(3, 7), counts=counts))
    except ValueError:
        return
    assert mask.shape == (3, 7)


def test_too_short_runs_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fill"):
        rle.decode(Rle(size=(3, 7), counts="4"))
