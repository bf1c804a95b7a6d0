"""Words in pictures are found where they stand, and what only looks like a letter is not."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from animstudio.kernel.errors import MissingExtra, WorkFailed
from animstudio.models import text_finder
from animstudio.models.text_finder import (
    TextFinder,
    TextLine,
    build_text_finder,
    is_line,
    text_digest,
    text_share,
)
from tests.unit.dataset.drawn import drawing, with_words


def bgr(picture: Image.Image) -> np.ndarray:  # type: ignore[type-arg]
    return np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:, :, ::-1])


@pytest.fixture
def finder() -> TextFinder:
    pytest.importorskip("rapidocr", reason="the extra 'text' is not installed")
    return build_text_finder()


def test_a_subtitle_is_found_where_it_stands(finder: TextFinder) -> None:
    lines = finder.lines(bgr(with_words(drawing(3, (1280, 720)), "Where is the other fish?")))
    assert len(lines) == 1
    line = lines[0]
    assert 0.85 < line.y < line.y + line.height < 1.0
    assert abs(line.x + line.width / 2 - 0.5) < 0.02 and 0.2 < line.width < 0.5
    assert line.score > 0.8 and 0.01 < text_share(lines) < 0.05


def test_a_title_is_text_and_a_large_thing_is_none(finder: TextFinder) -> None:
    for size in (80, 200):
        title = with_words(drawing(7, (1280, 720)), "Big Fish", size)
        assert text_share(finder.lines(bgr(title))) > 0.01
    for number in (2, 27, 42, 45):  # with these a single look finds letters
        picture = bgr(drawing(number, (640, 480)))
        assert any(one.tall > 0.05 for one in finder._seen(picture, 640))
        assert finder.lines(picture) == []


@pytest.mark.parametrize("ground", [0, 127, 255])
def test_a_figure_that_is_cut_out_is_no_text(finder: TextFinder, ground: int) -> None:
    for wide, high in ((0.2, 0.8), (0.8, 0.25), (0.5, 0.5), (0.1, 0.5), (0.6, 0.08)):
        picture = np.full((832, 832, 3), ground, np.uint8)
        rows, columns = np.ogrid[-1:1:832j, -1:1:832j]
        inside = (columns / wide) ** 2 + (rows / high) ** 2 < 1
        picture[inside] = bgr(drawing(6, (832, 832)))[inside]
        assert finder.lines(picture) == [], (wide, high)


@pytest.mark.parametrize("size", [(1280, 720), (400, 300), (33, 700), (5000, 180)])
def test_a_picture_without_words_has_none(finder: TextFinder, size: tuple[int, int]) -> None:
    assert finder.lines(bgr(drawing(5, size))) == []


def test_several_threads_may_ask_at_once(finder: TextFinder) -> None:
    picture = bgr(with_words(drawing(4, (640, 480)), "Nobody was there."))
    alone = finder.lines(picture)
    answers: list[list[TextLine]] = []
    asking = [threading.Thread(target=lambda: answers.append(finder.lines(picture)))
              for _ in range(4)]  # fmt: skip
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert answers == [alone] * 4


@pytest.mark.parametrize(
    ("width", "height", "score", "line"),
    [
        (200, 12, 0.80, True),
        (22, 12, 0.80, True),
        (12, 200, 0.95, False),  # a limb, or text that runs downwards
        (20, 12, 0.95, False),  # an eye
        (200, 12, 0.70, False),  # not sure
        (200, 2, 0.95, False),  # an edge
        (300, 100, 0.95, True),  # a film's title
        (350, 140, 0.99, False),  # nothing is written that large
    ],
)
def test_what_counts_as_a_line(width: int, height: int, score: float, line: bool) -> None:
    assert is_line(width, height, 360, score) is line


def test_a_large_line_must_be_sure_and_be_seen_twice() -> None:
    again = [TextLine(0.2, 0.4, 0.5, 0.2, 0.8)]
    assert TextLine(0.2, 0.4, 0.5, 0.2, 0.95).is_one_of(again)
    assert not TextLine(0.2, 0.4, 0.5, 0.2, 0.92).is_one_of(again)
    assert not TextLine(0.2, 0.55, 0.5, 0.2, 0.95).is_one_of(again)
    assert not TextLine(0.75, 0.4, 0.2, 0.2, 0.95).is_one_of(again)
    assert not TextLine(0.2, 0.4, 0.5, 0.2, 0.95).is_one_of([])


def test_overlapping_lines_cover_no_more_than_all() -> None:
    assert text_share([TextLine(0, 0, 1, 0.7, 1)] * 2) == 1.0
    assert text_share([]) == 0.0


def test_without_the_extra_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_finder, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra) as told:
        build_text_finder()
    assert told.value.hint == "pip install 'animation-ai-studio[text]'"
    assert text_digest() is None


def test_a_broken_network_is_told_with_its_file(tmp_path: Path) -> None:
    file = tmp_path / "detector.onnx"
    file.write_bytes(b"cut off")
    with pytest.raises(WorkFailed, match=r"detector\.onnx: the text detector cannot be read"):
        TextFinder(file).lines(np.zeros((64, 64, 3), np.uint8))
