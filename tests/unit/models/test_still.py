"""A figure that stands still on calm ground is found; ground, writing and flat colour are not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from animstudio.media.cutout import Mask
from animstudio.media.warp import Move, moved
from animstudio.models.foreground import segmenter
from animstudio.models.foreground.linking import Track, shared
from animstudio.models.foreground.saliency import standing_out
from animstudio.models.foreground.segmenter import Foreground
from animstudio.models.foreground.things import Thing
from animstudio.models.seams import Sighting

Picture = NDArray[np.uint8]
COUNT = 8


def gradient(width: int = 320, height: int = 180) -> Picture:
    across, down = np.linspace(0, 40, width), np.linspace(0, 60, height)
    ramp = 120 + down[:, None] + across[None]
    return np.stack([ramp, ramp - 20, ramp - 40], axis=2).astype(np.uint8)


def marked(width: int = 320) -> Picture:
    """The gradient with small marks above and below, by which the camera's way is seen."""
    picture = gradient(width)
    rng = np.random.default_rng(2)
    for x in range(4, width - 10, 14):
        for y in (int(rng.integers(3, 18)), int(rng.integers(150, 168))):
            picture[y : y + 7, x : x + int(rng.integers(4, 11))] = rng.integers(40, 120)
    return picture


def disc(picture: Picture, x: float, y: float, size: float) -> Mask:
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    return np.asarray((columns - x) ** 2 + (rows - y) ** 2 < size**2)


def with_figure(picture: Picture, x: int = 160, y: int = 60) -> tuple[Picture, Mask]:
    """A figure of a head and a coat, 84 pixels high, whose head is at (x, y)."""
    drawn = picture.copy()
    head = disc(drawn, x, y, 17)
    coat = np.zeros(head.shape, np.bool_)
    coat[y + 14 : y + 67, x - 20 : x + 20] = True
    drawn[coat] = (40, 30, 150)
    drawn[head] = (150, 40, 40)
    drawn[disc(drawn, x - 6, y, 4) | disc(drawn, x + 6, y, 4)] = (250, 250, 250)
    return drawn, head | coat


def busy() -> Picture:
    rng = np.random.default_rng(4)
    blocks = rng.integers(0, 255, (23, 40, 3), np.uint8)
    return blocks.repeat(8, axis=0).repeat(8, axis=1)[:180]


def title() -> Picture:
    """Seven letters of one colour, in a row."""
    picture = gradient()
    for letter in range(7):
        x = 40 + 34 * letter
        picture[70:110, x : x + 26] = (250, 250, 250)
        picture[80 : 86 + 2 * letter, x + 8 : x + 18] = gradient()[80 : 86 + 2 * letter, x : x + 10]
    return picture


def seen(frames: list[Picture]) -> list[list[Sighting]]:
    return [list(one) for one in Foreground().track(iter(frames), lambda *asked: ())]


def test_what_runs_into_the_border_does_not_stand_out() -> None:
    picture, mask = with_figure(gradient())
    picture[:30] = (20, 160, 20)
    out = standing_out(picture)
    assert out[mask].mean() > 60
    assert out[:24].max() < 15
    assert out[150:].max() < 15


def test_a_figure_on_calm_ground_is_found_in_every_frame() -> None:
    picture, mask = with_figure(gradient())
    found = seen([picture] * COUNT)
    assert [len(one) for one in found] == [1] * COUNT
    assert len({one[0].thing for one in found}) == 1
    assert all(shared(one[0].mask, mask) > 0.8 and 0.4 < one[0].score <= 0.5 for one in found)


@pytest.mark.parametrize("step", [3.0, -4.0])
def test_the_mask_goes_with_the_camera(step: float) -> None:
    picture, mask = with_figure(marked(480), 240)
    moves = [Move(1, -80 - step * number) for number in range(COUNT)]
    found = seen([moved(picture, move, (320, 180)) for move in moves])
    for one, move in zip(found, moves, strict=True):
        truth = moved(mask.astype(np.uint8) * 255, move, (320, 180)) > 127
        assert len(one) == 1
        assert shared(one[0].mask, truth) > 0.8


@pytest.mark.parametrize(
    "picture",
    [
        gradient(),
        np.full((180, 320, 3), 90, np.uint8),
        busy(),
        with_figure(busy())[0],
        title(),
        with_figure(gradient())[0][:, 160:],
    ],
    ids=["gradient", "flat", "blocks", "on blocks", "title", "cut by the frame"],
)
def test_nothing_else_is(picture: Picture) -> None:
    assert seen([np.ascontiguousarray(picture)] * COUNT) == [[]] * COUNT


def test_a_thing_of_one_colour_is_none() -> None:
    picture = gradient()
    picture[disc(picture, 160, 90, 30)] = (250, 250, 250)
    assert seen([picture] * COUNT) == [[]] * COUNT


def test_what_is_not_there_to_the_end_is_none() -> None:
    picture, _ = with_figure(gradient())
    frames = [picture] * COUNT + [gradient()] * COUNT
    assert not any(seen(frames))


def test_a_few_frames_are_too_few() -> None:
    assert seen([with_figure(gradient())[0]] * 4) == [[]] * 4


def test_the_same_frames_give_the_same_masks() -> None:
    picture, _ = with_figure(gradient())
    one, other = seen([picture] * COUNT), seen([picture] * COUNT)
    assert [s.mask.tobytes() for x in one for s in x] == [
        s.mask.tobytes() for x in other for s in x
    ]


def test_it_is_one_track_through_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segmenter, "WINDOW", COUNT)
    found = seen([with_figure(gradient())[0]] * 2 * COUNT)
    assert [[s.thing for s in one] for one in found] == [[1]] * 2 * COUNT


def test_where_a_character_moves_nothing_still_is_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(*asked: object) -> list[list[Thing]]:
        raise AssertionError

    monkeypatch.setattr(segmenter, "still_figures", never)
    frames = [with_figure(marked(), 60 + 12 * number)[0] for number in range(12)]
    found = seen(frames)
    assert sum(len(one) for one in found) >= 10


def test_one_who_stands_still_after_a_walk_stays_the_same_character(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(segmenter, "WINDOW", 12)
    walk = [with_figure(marked(), 40 + 10 * number)[0] for number in range(12)]
    found = seen(walk + [walk[-1]] * 12)
    assert {s.thing for one in found[12:] for s in one} == {s.thing for s in found[10]}
    assert all(len(one) == 1 for one in found[12:])


def test_a_track_that_stood_is_a_character() -> None:
    mask = np.ones((4, 4), np.bool_)
    tones = np.ones(512, np.float32)
    moving = {n: Thing(mask, 0.5, 0.0, 0.0, tones) for n in range(20)}
    assert not Track(1, moving).is_character()
    assert Track(1, moving | {20: Thing(mask, 0.5, 0, 0, tones, still=True)}).is_character()


def test_a_piece_of_a_ground_of_many_colours_is_no_figure() -> None:
    """Seen on blocks of dull colours: a group of them stood out, with an outline all around."""
    blocks = np.random.default_rng(1).integers(60, 130, (9, 16, 3), np.uint8)
    picture = blocks.repeat(20, axis=0).repeat(20, axis=1)
    assert seen([picture] * COUNT) == [[]] * COUNT
