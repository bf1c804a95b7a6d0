"""Damaged films: what decodes is kept, it comes to an end, and the loss is said."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from animstudio.kernel.errors import UnreadableFilm
from animstudio.media.decode import Damage, Decoder
from animstudio.media.probe import FilmProbe, probe

from .drawn import CONTAINERS, X264, Drawn, draw, number_of, numbered

FRAMES = 192
QUICK = {**X264, "preset": "ultrafast"}
DAMAGED = {
    "mp4": Drawn(".mp4", options=QUICK, container={"movflags": "faststart"}),
    "mkv": Drawn(".mkv", options=QUICK),
    "ts": Drawn(".ts", options=QUICK),
    "flv": Drawn(".flv", options=QUICK),
    "avi": Drawn(".avi", codec="mpeg4", options={"g": "24", "b": "600k"}),
    "mpg": Drawn(".mpg", codec="mpeg2video", options={"g": "24", "bf": "2", "b": "800k"}),
    "webm": Drawn(
        ".webm", codec="libvpx", options={"g": "24", "deadline": "realtime", "cpu-used": "8"}
    ),
}


def noisy() -> list[np.ndarray]:
    """Draw numbered pictures that fill a file: noise in their lowest rows."""
    rng = np.random.default_rng(4)
    pictures = [numbered(number) for number in range(FRAMES)]
    for picture in pictures:
        picture[84:] = rng.integers(0, 60, (12, 160, 3), np.uint8)
    return pictures


@pytest.fixture(scope="module", params=DAMAGED)
def whole(request, tmp_path_factory: pytest.TempPathFactory) -> Path:
    how = DAMAGED[request.param]
    return draw(tmp_path_factory.mktemp("whole") / f"whole{how.suffix}", how, noisy())


def decoded(facts: FilmProbe, threads: int) -> tuple[list[int], Damage]:
    """Decode within a minute, whatever is in the file."""
    numbers: list[int] = []
    decoder = Decoder(facts, threads=threads)

    def work() -> None:
        numbers.extend(number_of(picture.bgr()) for picture in decoder.pictures())

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(60)
    assert not worker.is_alive(), "the decoder hangs"
    return numbers, decoder.damage


def harmed(whole: Path, tmp_path: Path, harm: Callable[[bytearray], bytearray]) -> FilmProbe:
    film = tmp_path / f"harmed{whole.suffix}"
    film.write_bytes(harm(bytearray(whole.read_bytes())))
    return probe(film)


@pytest.mark.parametrize("threads", [1, 3])
def test_the_first_part_of_a_film_cut_off(whole: Path, tmp_path: Path, threads: int):
    facts = harmed(whole, tmp_path, lambda data: data[: int(len(data) * 0.6)])
    numbers, _ = decoded(facts, threads)
    assert FRAMES * 0.5 < len(numbers) < FRAMES * 0.68
    assert numbers[:-3] == list(range(len(numbers) - 3))


@pytest.mark.parametrize("seed", range(3))
def test_garbage_in_the_middle(whole: Path, tmp_path: Path, seed: int):
    def harm(data: bytearray) -> bytearray:
        middle = len(data) // 2
        data[middle : middle + 2048] = random.Random(seed).randbytes(2048)
        return data

    numbers, _ = decoded(harmed(whole, tmp_path, harm), 2)
    assert len(numbers) > FRAMES * 0.8  # at most a group of pictures, or one of WebM's clusters
    assert numbers[:48] == list(range(48))
    assert numbers[-48:] == list(range(FRAMES - 48, FRAMES))


@pytest.mark.parametrize("seed", range(4))
def test_bits_that_flip_all_over(whole: Path, tmp_path: Path, seed: int):
    """Nothing hangs, crashes or raises anything but the house's own errors."""

    def harm(data: bytearray) -> bytearray:
        rng = random.Random(seed)
        for _ in range(60):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        return data

    try:
        facts = harmed(whole, tmp_path, harm)
    except UnreadableFilm:
        return
    numbers, _ = decoded(facts, 2)
    assert len(numbers) <= FRAMES + 24


def test_lost_packets_are_counted(tmp_path: Path):
    film = draw(tmp_path / "a.mp4", DAMAGED["mp4"], noisy())
    data = bytearray(film.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2048] = random.Random(1).randbytes(2048)
    film.write_bytes(data)
    numbers, damage = decoded(probe(film), 2)
    assert 0 < FRAMES - len(numbers) <= damage.packets <= 24
    assert "nvalid data" in damage.first or "refers to" in damage.first


def test_a_whole_film_is_not_damaged(tmp_path: Path):
    for name in ("mp4-open", "ts", "mpg", "avi-h264", "webm", "gif"):
        how = CONTAINERS[name]
        facts = probe(draw(tmp_path / f"{name}{how.suffix}", how, 30))
        numbers, damage = decoded(facts, 2)
        assert (len(numbers), damage) == (30, Damage())


def test_a_recording_that_begins_between_keyframes(tmp_path: Path):
    """The start of a cut transport stream: what comes before the first keyframe is not shown."""
    film = draw(tmp_path / "a.ts", replace(CONTAINERS["ts"], options=QUICK), noisy())
    data = film.read_bytes()
    film.write_bytes(data[len(data) // 8 // 188 * 188 :])
    numbers, _ = decoded(probe(film), 2)
    assert numbers == list(range(numbers[0], FRAMES))
    assert numbers[0] % 24 == 0
