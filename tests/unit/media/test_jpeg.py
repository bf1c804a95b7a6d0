from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from animstudio.kernel.errors import WorkFailed
from animstudio.media.jpeg import decode_jpeg, encode_jpeg, jpeg_size


def picture(width: int, height: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 3 % 256, y * 5 % 256, (x + y) % 256], 2).astype(np.uint8)


def test_there_and_back():
    whole = picture(64, 48)
    assert np.abs(decode_jpeg(encode_jpeg(whole, 95)).astype(int) - whole).mean() < 12
    assert len(encode_jpeg(whole, 20)) < len(encode_jpeg(whole, 95))


@pytest.mark.parametrize("reduced", [1, 2, 4, 8])
def test_reduced(reduced: int):
    assert decode_jpeg(encode_jpeg(picture(64, 48), 90), reduced=reduced).shape == (
        48 // reduced, 64 // reduced, 3,
    )  # fmt: skip


@pytest.mark.parametrize("size", [(64, 48), (1, 1), (161, 97), (2, 3000)])
def test_the_size_in_the_header(tmp_path: Path, size: tuple[int, int]):
    path = tmp_path / "a.jpg"
    path.write_bytes(encode_jpeg(picture(*size), 90))
    assert jpeg_size(path) == size


def test_what_is_no_picture(tmp_path: Path):
    path = tmp_path / "a.jpg"
    for content in (b"", b"text", b"\xff\xd8\xff\xe0\x00\x10", encode_jpeg(picture(8, 8), 90)[:30]):
        path.write_bytes(content)
        with pytest.raises(WorkFailed, match=r"a\.jpg is not a JPEG"):
            jpeg_size(path)
        with pytest.raises(WorkFailed, match="does not decode"):
            decode_jpeg(content)


def test_what_is_too_large_for_a_jpeg():
    with pytest.raises(WorkFailed, match="70000x1 cannot be a JPEG"):
        encode_jpeg(np.zeros((1, 70_000, 3), np.uint8), 90)
