"""Models by name, and what is said where one is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from animstudio.kernel.errors import AskedWrongly
from animstudio.models.registry import MODELS, Host, build_embedder, build_segmenter, model
from animstudio.models.seams import Cutout


def test_an_unknown_model_names_the_nearest() -> None:
    with pytest.raises(AskedWrongly, match="did you mean 'sam2_hiera_base'"):
        model("segmenter", "sam2_heira_base")


def test_missing_weights_are_named_with_where_they_should_be(tmp_path: Path) -> None:
    with pytest.raises(AskedWrongly) as error:
        build_segmenter("sam2_hiera_base", Host(tmp_path))
    assert error.value.message == f"no weights of 'sam2_hiera_base' in {tmp_path}"
    hint = error.value.hint or ""
    assert str(tmp_path / "sam2_hiera_base") in hint and hint.count(str(tmp_path)) == 1
    assert "facebook/sam2.1-hiera-base-plus" in hint


@pytest.mark.parametrize("name", ["appearance", "fake"])
def test_embedders_give_vectors_of_length_one(name: str) -> None:
    embedder = build_embedder(name, Host(Path()))
    rng = np.random.default_rng(0)
    red = np.zeros((60, 40, 3), np.uint8) + np.array([30, 40, 200], np.uint8)
    blue = red[:, :, ::-1].copy()
    mask = np.zeros((60, 40), np.bool_)
    mask[5:55, 5:35] = True
    other = np.clip(red + rng.integers(0, 20, red.shape), 0, 255).astype(np.uint8)
    vectors = embedder.embed([Cutout(p, mask) for p in (red, other, blue)])
    assert vectors.dtype == np.float32
    assert vectors.shape == (3, embedder.dimensions)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1
    empty = Cutout(red, np.zeros_like(mask))
    assert np.isfinite(embedder.embed([empty])).all()


def test_every_name_is_there_once_a_kind() -> None:
    names = [(one.kind, one.name) for one in MODELS]
    assert len(names) == len(set(names))


def test_appearance_knows_a_character_in_another_light() -> None:
    embedder = build_embedder("appearance", Host(Path()))
    rng = np.random.default_rng(3)
    mask = np.zeros((96, 64), np.bool_)
    mask[8:88, 8:56] = True

    def dressed(*colours: tuple[int, int, int]) -> NDArray[np.uint8]:
        picture = rng.integers(0, 255, (96, 64, 3), np.uint8)
        for number, colour in enumerate(colours):
            picture[8 + 40 * number : 48 + 40 * number, 8:56] = colour
        return picture

    day = dressed((60, 90, 200), (180, 120, 60))
    night = (day * np.array([0.9, 0.6, 0.55])).astype(np.uint8)
    other, blue, red = (
        dressed((60, 200, 90), (180, 60, 60)),
        *(dressed(one, one) for one in ((200, 60, 40), (40, 60, 200))),
    )
    v = embedder.embed([Cutout(one, mask) for one in (day, night, other, blue, red)])
    like = v @ v.T
    assert like[0, 1] > 0.8 > 2 * like[0, 2]
    assert like[3, 4] < 0.5
