"""How much of a film is missing: what is lost is counted, what only looks lost is not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import pytest

from animstudio.film.missing import missing_share
from animstudio.media.probe import FilmProbe, probe

from ..media.drawn import CONTAINERS, Drawn, draw
from .film_facts import measures


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> FilmProbe:
    """A film of 10 seconds at 24 frames a second, as its container might declare it."""
    film = draw(tmp_path_factory.mktemp("film") / "a.mkv", Drawn(".mkv"), 2)
    return replace(probe(film), duration=10.0, frame_count=None, start=Fraction(0))


def film(times: list[int]):
    return measures(len(times), pts=times, time_base=Fraction(1, 24))


def test_a_whole_film(facts: FilmProbe):
    assert missing_share(film(list(range(240))), facts) == 0
    assert missing_share(film(list(range(240))), replace(facts, frame_count=240)) == 0
    assert missing_share(film(list(range(238))), replace(facts, frame_count=240)) == 0


def test_the_end_is_missing(facts: FilmProbe):
    assert missing_share(film(list(range(144))), facts) == pytest.approx(0.4)
    assert missing_share(film(list(range(144))), replace(facts, frame_count=240)) == 0.4


def test_sound_that_is_longer_is_no_loss(facts: FilmProbe):
    assert missing_share(film(list(range(230))), facts) == 0


def test_a_hole_in_the_middle(facts: FilmProbe):
    times = [*range(100), *range(124, 240)]
    assert missing_share(film(times), facts) == pytest.approx(0.1)


def test_a_rate_that_varies_is_no_loss(facts: FilmProbe):
    times = list(accumulate([1, 1, 5, 2, 9, 1, 3] * 10, initial=0))
    assert missing_share(film(times), replace(facts, duration=times[-1] / 24)) == 0


def test_one_frame(facts: FilmProbe):
    assert missing_share(film([0]), replace(facts, duration=1 / 24)) == 0
    assert missing_share(film([0]), replace(facts, duration=None)) == 0


@pytest.mark.parametrize("name", CONTAINERS)
def test_no_container_makes_a_whole_film_look_damaged(tmp_path: Path, name: str):
    from animstudio.media.decode import Decoder

    how = CONTAINERS[name]
    facts = probe(draw(tmp_path / f"a{how.suffix}", how, 40))
    times = [picture.pts for picture in Decoder(facts).pictures()]
    assert len(times) == 40
    found = measures(40, pts=times, time_base=facts.time_base, rate=facts.rate)
    assert missing_share(found, facts) == 0
