"""What moves by itself is found and followed; what the camera moves is not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from animstudio.media.warp import Move, moved
from animstudio.models.foreground.camera import places_of
from animstudio.models.foreground.segmenter import Foreground
from animstudio.models.seams import Sighting

Picture = NDArray[np.uint8]


def ground(seed: int = 0) -> Picture:
    rng = np.random.default_rng(seed)
    blocks = rng.integers(50, 120, (18, 32, 1), np.uint8).repeat(3, axis=2)
    return blocks.repeat(20, axis=0).repeat(20, axis=1)


def panned(count: int, step: float) -> list[Picture]:
    return [moved(ground(), Move(1, -40 - step * n), (320, 180)) for n in range(count)]


def with_walker(frames: Sequence[Picture]) -> tuple[list[Picture], list[NDArray[np.bool_]]]:
    """A figure that walks across, on its own ground."""
    found, masks = [], []
    for number, frame in enumerate(frames):
        picture, mask = frame.copy(), np.zeros(frame.shape[:2], np.bool_)
        x, y = 40 + 12 * number, 60 + 6 * (number % 3)
        mask[y : y + 70, x : x + 36] = True
        mask[y - 20 : y, x + 8 : x + 28] = True
        picture[mask] = (30, 230, 250)
        picture[y + 20 : y + 40, x + 6 : x + 30] = (200, 40, 160)
        found.append(picture)
        masks.append(mask)
    return found, masks


def seen(frames: Sequence[Picture]) -> list[Sequence[Sighting]]:
    return list(Foreground().track(iter(frames), lambda *asked: ()))


def test_the_camera_s_way_is_found() -> None:
    frames = [frame[:, :, 1] for frame in panned(5, 6.0)]
    places = places_of([np.ascontiguousarray(frame) for frame in frames])
    assert places[4] is not None
    assert abs(places[4].shift - 24) < 0.5


def test_a_pan_alone_moves_nothing() -> None:
    assert not any(seen(panned(10, 6.0)))


def test_a_walker_is_followed_under_a_pan() -> None:
    for step in (0.0, 4.0):
        frames, masks = with_walker(panned(14, step))
        found = seen(frames)
        assert len(found) == len(frames)
        assert len({s.thing for one in found for s in one}) == 1
        shares = [
            np.count_nonzero(one[0].mask & mask) / np.count_nonzero(one[0].mask | mask)
            for one, mask in zip(found, masks, strict=True)
            if one
        ]
        assert len(shares) >= 10
        assert np.median(shares) > 0.85


def test_the_same_frames_give_the_same_masks() -> None:
    frames, _ = with_walker(panned(8, 3.0))
    one, other = seen(frames), seen(frames)
    assert all(
        np.array_equal(a.mask, b.mask)
        for x, y in zip(one, other, strict=True)
        for a, b in zip(x, y, strict=True)
    )


def test_short_and_flat_shots_are_no_trouble() -> None:
    grey = np.full((90, 160, 3), 90, np.uint8)
    assert seen([grey]) == [[]]
    assert seen([grey] * 7) == [[]] * 7
    assert seen([]) == []
