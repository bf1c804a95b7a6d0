"""Picture files with bytes that somebody changed: faults of the file, never of the studio."""

from __future__ import annotations

import random
from io import BytesIO
from pathlib import Path

import pytest
from PIL import features

from animstudio.dataset.inspect.look import see
from animstudio.kernel.errors import WorkFailed
from animstudio.media.picture_file import read_file
from tests.unit.dataset.drawn import drawing


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow tells of broken TIFFs so
@pytest.mark.parametrize("kind", ["AVIF", "WEBP", "GIF", "TIFF", "BMP", "PNG", "JPEG"])
def test_changed_bytes_are_a_fault_of_the_file(tmp_path: Path, kind: str) -> None:
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    content = BytesIO()
    more = {"save_all": True, "append_images": [drawing(2, (80, 70))]}
    drawing(1, (80, 70)).save(content, kind, **more if kind in ("TIFF", "GIF", "WEBP") else {})
    dice, whole, file = random.Random(3), content.getvalue(), tmp_path / f"a.{kind.lower()}"
    for number in range(150):
        broken, length = bytearray(whole), len(whole)
        first, last = [(0, 60), (0, length), (length - 300, length)][number % 3]
        for _ in range(1 + number % 9):
            broken[dice.randrange(first, last)] = dice.randrange(256)
        file.write_bytes(broken if number % 5 else broken[: dice.randrange(len(broken))])
        see(file)
        try:
            read_file(file)
        except WorkFailed as error:
            assert error.message
