"""Captions say what their picture shows, and never two things that deny each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from animstudio.dataset.caption import Shown, TemplateCaptioner, one_line, palette
from animstudio.dataset.crop import Box, buckets, frame_all, frame_subject, render
from animstudio.dataset.sources import Source
from animstudio.dataset.visible import NOTHING, Visible, goes_on, visible
from animstudio.kernel.errors import AskedWrongly

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
AGREEING = {
    NOTHING,
    Visible("long shot", "whole figure"),
    Visible("full shot", "whole figure"),
    Visible("medium shot", "upper body"),
    Visible("medium shot", ""),
    Visible("close-up", ""),
}
DENYING = [
    ("medium shot", "whole figure"),
    ("close-up", "whole figure"),
    ("full shot", "upper body"),
    ("long shot", "upper body"),
]


def film_frame(size: tuple[int, int], figure: Box, seed: int = 0) -> tuple[Bytes, Mask]:
    """A frame (width, height) of coarse noise, and an ellipse before it, some of it outside."""
    rng = np.random.default_rng(seed)
    width, height = size
    ground = rng.integers(60, 256, (height // 8 + 1, width // 8 + 1, 3), np.uint8)
    picture = ground.repeat(8, axis=0).repeat(8, axis=1)[:height, :width].copy()
    y, x = np.mgrid[0:height, 0:width]
    middle = figure[0] + figure[2] / 2 - 0.5, figure[1] + figure[3] / 2 - 0.5
    inside = ((x - middle[0]) * 2 / figure[2]) ** 2 + ((y - middle[1]) * 2 / figure[3]) ** 2 <= 1
    picture[inside] = (20, 20, 200)
    return picture, inside


def exported(
    picture: Bytes, mask: Mask, crop: str = "subject", target: int = 256, neutral: bool = False
) -> tuple[Bytes, Mask, Source]:
    """A frame's picture as it is prepared, its mask, and what is known of the frame."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = (int(columns[0]), int(rows[0]), int(columns[-1] - columns[0]) + 1,
           int(rows[-1] - rows[0]) + 1)  # fmt: skip
    size = picture.shape[1], picture.shape[0]
    sizes = buckets(target, shapes=True)
    framing = (frame_all(size, sizes, 8) if crop == "full"
               else frame_subject(box, size, 0.12, sizes, 8))  # fmt: skip
    shown, own, _ = render(picture, mask, framing, neutral=neutral)
    assert own is not None
    return shown, own, Source("p", Path("p.png"), box=box, frame_size=size)


def said(figure: Box, size: tuple[int, int] = (480, 270), **how: object) -> Visible:
    return visible(*exported(*film_frame(size, figure), **how))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("figure", "size", "view"),
    [
        ((200, 40, 80, 190), "full shot", "whole figure"),
        ((20, 60, 40, 60), "full shot", "whole figure"),  # far away in the film, not in the crop
        ((150, 60, 160, 420), "medium shot", "upper body"),
        ((100, -60, 300, 420), "close-up", ""),
        ((180, -60, 120, 420), "medium shot", ""),  # a body without head and feet
        ((-60, 40, 600, 600), "close-up", ""),
        ((200, 40, 60, 260), "", ""),  # it may lack no more than its feet
        ((-40, 60, 90, 120), "", ""),
        ((200, -60, 100, 200), "", ""),
    ],
)
def test_what_is_seen(figure: Box, size: str, view: str) -> None:
    assert said(figure) == (size, view)


def test_in_the_whole_frame_a_small_figure_is_far_away() -> None:
    assert said((20, 60, 40, 60), crop="full") == ("long shot", "whole figure")
    assert said((200, 40, 80, 190), crop="full") == ("full shot", "whole figure")


@settings(max_examples=150, deadline=None)
@given(
    size=st.tuples(st.integers(96, 320), st.integers(96, 320)),
    place=st.tuples(st.floats(-0.6, 1.1), st.floats(-0.6, 1.1)),
    extent=st.tuples(st.floats(0.08, 2.2), st.floats(0.08, 2.2)),
    crop=st.sampled_from(["subject", "full"]),
    neutral=st.booleans(),
    known=st.booleans(),
)
def test_no_two_words_deny_each_other(
    size: tuple[int, int], place: tuple[float, float], extent: tuple[float, float],
    crop: str, neutral: bool, known: bool,
) -> None:  # fmt: skip
    """Whatever the figure's place in the frame, and whatever of it was exported."""
    figure = (round(place[0] * size[0]), round(place[1] * size[1]),
              round(extent[0] * size[0]), round(extent[1] * size[1]))  # fmt: skip
    picture, mask = film_frame(size, figure)
    if not mask.any():
        return
    shown, own, source = exported(picture, mask, crop, 192, neutral)
    if not known:
        source = Source("p", Path("p.png"))
    found = visible(shown, own, source)
    assert found in AGREEING
    text = TemplateCaptioner("{trigger}, {shot_size}, {view}").describe(
        Shown(shown, own, source, "luca", "luca")
    )
    assert not any(one in text and other in text for one, other in DENYING)
    inside = (figure[0] >= 0 and figure[1] >= 0 and figure[0] + figure[2] <= size[0]
              and figure[1] + figure[3] <= size[1])  # fmt: skip
    if found.view == "whole figure":
        assert inside or not known
        edge = np.concatenate([own[0], own[-1], own[:, 0], own[:, -1]])
        assert not edge.any()
    if found.view == "upper body" or found.size in ("medium shot", "close-up"):
        assert not inside
        assert figure[1] + figure[3] >= size[1] - 1


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_records_that_do_not_fit_the_picture_give_no_contradiction_either(
    data: st.DataObject,
) -> None:
    number = st.integers(0, 200)
    box = data.draw(st.tuples(number, number, st.integers(1, 200), st.integers(1, 200)))
    size = data.draw(st.tuples(st.integers(1, 300), st.integers(1, 300)))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    mask = rng.random((64, 48)) < data.draw(st.sampled_from([0, 0.001, 0.01, 0.5, 1]))
    picture = rng.integers(0, 256, (64, 48, 3), np.uint8)
    assert visible(picture, mask, Source("p", Path("p"), box=box, frame_size=size)) in AGREEING


def test_a_figure_at_a_black_bar_is_not_called_whole() -> None:
    picture, mask = film_frame((480, 270), (200, 60, 80, 240))
    picture[230:], mask[230:] = 0, False
    assert visible(*exported(picture, mask)) == NOTHING


def test_a_mask_that_loses_the_legs_makes_no_whole_figure() -> None:
    picture, mask = film_frame((480, 270), (200, 30, 80, 200))
    assert visible(*exported(picture, mask)).view == "whole figure"
    mask[160:] = False
    shown, own, source = exported(picture, mask)
    assert goes_on(shown, own, "bottom")
    assert not goes_on(shown, own, "top")
    assert visible(shown, own, source) == NOTHING


def test_of_a_picture_of_unknown_origin_only_what_it_shows_is_told() -> None:
    picture, mask = film_frame((300, 400), (60, 50, 150, 300))
    shown, own, _ = exported(picture, mask)
    plain = Source("p", Path("p.png"))
    assert visible(shown, own, plain) == ("full shot", "whole figure")
    assert visible(shown, None, plain) == NOTHING
    # Cut out closely: it may have been cut off where the file ends.
    tight = picture[50:350, 60:210], mask[50:350, 60:210]
    assert visible(*exported(*tight, neutral=True)[:2], plain) == NOTHING


def test_shades_of_one_colour_are_named_once() -> None:
    picture = np.zeros((60, 60, 3), np.uint8)
    picture[:30] = (40, 30, 30)
    picture[:30, :, 2] = 150
    picture[30:50] = (70, 60, 240)
    picture[50:] = (230, 120, 40)
    words = palette(picture, None).split(" and ")
    assert [word.split()[-1] for word in words] == ["red", "blue"]


def test_grey_that_was_added_around_a_picture_is_no_colour_of_it() -> None:
    picture = np.full((64, 64, 3), 127, np.uint8)
    picture[:, 20:44] = (200, 60, 40)
    assert "grey" not in palette(picture, None)
    assert palette(np.full((8, 8, 3), 127, np.uint8), None) == "grey"


def test_the_template_and_the_trigger() -> None:
    with pytest.raises(AskedWrongly, match="did you mean 'view'"):
        TemplateCaptioner("{trigger}, {veiw}")
    assert one_line("a dog,\n LUCA, runs ", "luca") == "luca, a dog, runs"
    assert one_line("luca at sea", "luca") == "luca at sea"
    assert one_line("", "luca") == "luca"
