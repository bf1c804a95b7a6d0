"""Fields: taken apart where they comb, and only there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from animstudio.media.decode import Decoder
from animstudio.media.interlace import combs
from animstudio.media.probe import probe

from .drawn import Drawn, draw

FIELDS = {"flags": "+ildct+ilme"}
X264 = {**FIELDS, "crf": "8"}


def moment(time: int, size: int = 40) -> NDArray[np.uint8]:
    """Draw a bright square on its way to the right, over still lines."""
    picture = np.full((192, 320, 3), 60, np.uint8)
    picture[::16] = 90
    left = 20 + 12 * time
    picture[60 : 60 + size, left : left + size] = 230
    return picture


def combed(number: int, size: int = 40) -> NDArray[np.uint8]:
    """Weave two moments together: the lower field first, as encoders say unless they are told."""
    woven = moment(2 * number, size).copy()
    woven[::2] = moment(2 * number + 1, size)[::2]
    return woven


@pytest.mark.parametrize(
    ("suffix", "codec", "form", "options"),
    [
        (".mkv", "libx264", "yuv420p", X264),
        (".mkv", "libx264", "yuv420p10le", X264),
        (".mpg", "mpeg2video", "yuv420p", {**FIELDS, "b": "5M"}),
    ],
)
def test_a_combed_picture_is_not_written(
    tmp_path: Path, suffix: str, codec: str, form: str, options: dict[str, str]
):
    film = draw(tmp_path / f"a{suffix}", Drawn(suffix, codec, form, options), map(combed, range(8)))
    facts = probe(film)
    assert facts.interlaced
    pictures = [picture.bgr() for picture in Decoder(facts).pictures()]
    assert len(pictures) == 8
    for number, picture in enumerate(pictures):
        assert not combs(picture[..., 1])
        near_first = np.abs(picture.astype(int) - moment(2 * number)).mean()
        assert near_first < np.abs(picture.astype(int) - moment(2 * number + 1)).mean()


def test_a_small_thing_combs_as_well():
    assert combs(combed(3, size=24)[..., 0])


def test_what_does_not_comb_is_left_alone(tmp_path: Path):
    """Progressive film stored as fields keeps every line."""
    film = draw(tmp_path / "a.mkv", Drawn(".mkv", options=X264), map(moment, range(6)))
    facts = probe(film)
    assert facts.interlaced
    picture = next(Decoder(facts).pictures()).bgr()
    assert np.abs(picture.astype(int) - moment(0)).mean() < 3
    assert abs(int(picture[16, 5, 1]) - int(picture[15, 5, 1])) > 20  # one-line details stand


def test_combing_is_told_from_noise_and_lines():
    rng = np.random.default_rng(0)
    noise = np.clip(rng.normal(120, 6, (192, 320)), 0, 255).astype(np.uint8)
    assert not combs(noise)
    assert not combs(moment(3)[..., 0])
    assert not combs(np.zeros((3, 3), np.uint8))


@pytest.mark.parametrize("bits", [10, 12])
def test_more_bits_comb_alike(bits: int):
    luma = combed(2)[..., 0].astype(np.uint16) << (bits - 8)
    assert combs(luma, bits)
    assert not combs(moment(2)[..., 0].astype(np.uint16) << (bits - 8), bits)
