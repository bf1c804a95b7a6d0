"""A damaged film looks the same however many threads decode it, and when decoded again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import pytest

from animstudio.media.decode import WHOLE, Decoder
from animstudio.media.encode import write_film
from animstudio.media.probe import FilmProbe, probe
from animstudio.media.refind import pictures_of_span


@pytest.fixture(scope="module", params=[".mp4", ".mkv", ".avi"])
def broken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> FilmProbe:
    """A film with a moving gradient, some bytes of which were overwritten."""
    path = tmp_path_factory.mktemp("damage") / f"film{request.param}"
    random = np.random.default_rng(5)
    noise = random.integers(0, 255, (108, 400, 3), np.uint8)

    def pictures() -> Iterator[np.ndarray]:
        for number in range(90):
            yield noise[:, 2 * number : 2 * number + 192]

    codec = "mpeg4" if path.suffix == ".avi" else "libx264"
    write_film(path, pictures(), codec=codec, options={"g": "30", "crf": "20"})
    whole = path.read_bytes()
    content = bytearray(whole)
    for at in random.integers(len(whole) // 4, 3 * len(whole) // 4, 6):
        content[at : at + 30] = random.integers(0, 256, 30, np.uint8).tobytes()
    path.write_bytes(content)
    return probe(path)


def seen(decoder: Decoder) -> dict[int, str]:
    return {p.pts: hashlib.sha256(p.bgr()).hexdigest() for p in decoder.pictures()}


def test_threads_change_nothing(broken: FilmProbe) -> None:
    one = Decoder(broken, threads=1)
    expected = seen(one)
    assert one.damage
    assert len(expected) > 45
    for threads in (2, 3, 4):
        decoder = Decoder(broken, threads=threads)
        assert seen(decoder) == expected
        assert decoder.damage == one.damage


def test_pictures_come_back_as_they_were(broken: FilmProbe) -> None:
    expected = seen(Decoder(broken, threads=3))
    times = sorted(expected)[3::11]
    found = {
        picture.pts: hashlib.sha256(picture.bgr()).hexdigest()
        for picture in pictures_of_span(broken, times, WHOLE, threads=2)
    }
    assert found == {pts: expected[pts] for pts in times}
