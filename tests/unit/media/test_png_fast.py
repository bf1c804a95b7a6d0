"""Plain PNGs are decoded to the very pixels that libpng gives; all others are left to it."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from animstudio.media.picture_file import read_file
from animstudio.media.png import read_cutout, read_picture
from animstudio.media.png_fast import decode_png


def drawn(mode: str, width: int = 40, height: int = 30, seed: int = 1) -> Image.Image:
    """Return grain on a ramp, so that every filter of PNG is worth while somewhere."""
    ramp = np.add.outer(np.arange(height) * 3, np.arange(width) * 2)
    grain = np.random.default_rng(seed).integers(0, 90, (height, width, 4))
    rgba = Image.fromarray((ramp[:, :, None] % 160 + grain).astype(np.uint8))
    return rgba.convert(mode)


def png(image: Image.Image, **more: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", **more)
    return out.getvalue()


def by_libpng(content: bytes, how: int = cv2.IMREAD_COLOR) -> Any:
    return cv2.imdecode(np.frombuffer(content, np.uint8), how)


@given(st.integers(1, 70), st.integers(1, 70), st.sampled_from(["RGB", "RGBA"]), st.integers(0, 9))
def test_plain_ones_are_the_same_to_the_pixel(
    width: int, height: int, mode: str, level: int
) -> None:
    content = png(drawn(mode, width, height), compress_level=level)
    colours, whole = decode_png(content), decode_png(content, alpha=True)
    assert colours is not None and np.array_equal(colours, by_libpng(content))
    assert whole is not None and np.array_equal(whole, by_libpng(content, cv2.IMREAD_UNCHANGED))


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return png(drawn("RGB"), exif=exif)


def moving() -> bytes:
    return png(drawn("RGB"), save_all=True, append_images=[drawn("RGB", seed=2)])


UNUSUAL = {
    "grey": png(drawn("L")), "grey and alpha": png(drawn("LA")), "palette": png(drawn("P")),
    "16 bits": png(Image.fromarray(np.arange(1200, dtype=np.uint16).reshape(30, 40) * 50)),
    "a clear colour": png(drawn("RGB"), transparency=(1, 2, 3)),
    "turned": turned(), "moving": moving(), "no picture": b"PNG", "empty": b"",
}  # fmt: skip


@pytest.mark.parametrize("content", UNUSUAL.values(), ids=UNUSUAL)
def test_others_are_left_to_who_reads_everything(content: bytes) -> None:
    assert decode_png(content) is None and decode_png(content, alpha=True) is None


def chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def made(width: int, height: int, pixels: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(pixels)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def broken() -> dict[str, bytes]:
    whole = png(drawn("RGB"))
    flipped = bytearray(whole)
    flipped[whole.index(b"IDAT") - 4 + 8 + 20] ^= 255
    return {
        "cut off": whole[: len(whole) // 2], "damaged": bytes(flipped),
        "lines missing": made(40, 30, b"\0" * 121 * 11),
        "a bomb": made(200_000, 200_000, b"\0" * 1000),
    }  # fmt: skip


@pytest.mark.parametrize("content", broken().values(), ids=broken())
def test_broken_ones_are_left_to_who_says_what_is_wrong(content: bytes) -> None:
    assert decode_png(content) is None and decode_png(content, alpha=True) is None


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_every_way_to_read_a_file_gives_the_same(mode: str, tmp_path: Path) -> None:
    file = tmp_path / "圖 one.png"
    file.write_bytes(png(drawn(mode, 200, 150)))
    told = np.asarray(Image.open(file))
    read = read_file(file)
    assert np.array_equal(read.bgr, told[:, :, 2::-1]) and read.notes == ()
    assert np.array_equal(read_picture(file), read.bgr)
    cutout = read_cutout(file)
    assert np.array_equal(cutout[:, :, :3], read.bgr)
    if mode == "RGB":
        assert read.alpha is None and (cutout[:, :, 3] == 255).all()
    else:
        assert read.alpha is not None and np.array_equal(read.alpha, told[:, :, 3])
        assert np.array_equal(cutout[:, :, 3], told[:, :, 3])
