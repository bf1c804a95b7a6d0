"""What workers do to a film that changes under their hands."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from animstudio.film.run.specs import SurveySpecs
from animstudio.film.run.tasks import Film, measure_span, open_film, take_sound
from animstudio.kernel.errors import WorkFailed
from animstudio.media.encode import write_film


def silent(message: object) -> None:
    """Nobody listens."""


@pytest.fixture
def film(tmp_path: Path) -> Film:
    path = tmp_path / "film.mp4"
    write_film(path, (np.full((72, 128, 3), 8 * n, np.uint8) for n in range(24)))
    return Film("film", path, tmp_path / "out", SurveySpecs(), threads=1)


def test_a_span_is_measured_and_committed(film: Film) -> None:
    opened = open_film(film, None, silent)
    assert measure_span(film, opened, 0, silent)["frames"] == 24
    assert film.ledger.items("film") == ["film/span000"]
    assert not list(film.drafts.iterdir())


@pytest.mark.parametrize("how", ["touched", "replaced", "gone"])
def test_nothing_is_committed_of_a_film_that_changed_since_it_was_opened(
    film: Film, how: str
) -> None:
    opened = open_film(film, None, silent)
    if how == "touched":
        os.utime(film.file, (1, 1))
    else:
        content = film.file.read_bytes()
        film.file.unlink()
        if how == "replaced":
            film.file.write_bytes(content)
    with pytest.raises((WorkFailed, OSError), match=r"changed or moved|No such file"):
        measure_span(film, opened, 0, silent)
    assert film.ledger.items("film") == []
    if how == "replaced":
        with pytest.raises(WorkFailed, match="changed or moved"):
            take_sound(film, opened, silent)


def test_spans_of_a_longer_film_of_that_name_are_deleted(film: Film) -> None:
    opened = open_film(film, None, silent)
    for number in range(3):
        draft = film.drafts / "measures.npz"
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(b"measures")
        key = film.specs.span_key(opened.digest, number, None)
        drafts = {film.paths.measures(number): draft}
        film.ledger.commit(film.paths.item(f"span{number:03d}"), key, drafts)
    open_film(film, None, silent)
    assert film.ledger.items("film") == ["film/span000"]
    assert not (film.out / film.paths.span(1)).exists()
