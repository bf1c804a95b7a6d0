"""Hard cuts: a jump in novelty that stands out from its neighbours and does not go back.

The rule is PySceneDetect's adaptive one (score against the mean of its neighbours), changed
in three ways. The score is `Measures.novelty`, which allows for motion and weighs the dark
like the light. It is compared with the second greatest of its neighbours within a quarter of
a second, not with the mean of four frames: drawings held on twos and threes have neighbours
of exactly 0, and a whip pan has neighbours as great as itself. And a jump after which the
picture returns is light (a flash, a strobe, an explosion), not a cut.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from animstudio.film.distinct import distinct
from animstudio.film.likeness import Signatures, alike_in_form, distance, unlike

SCALE = 27.0
"""The threshold at which the numbers below hold; another one scales them."""
_NOVEL = 0.12  # novelty that a cut has at least
_CONTENT = 2.0  # mean change of hue, saturation and value, levels
_STANDS_OUT = 2.0  # times its neighbours: mean (geometric) of novelty and size of the step
SURE = 0.2  # novelty below which it must stand out more: a keyframe in a poor file does, a bit
_AT_LEAST = 1.3  # times its neighbours in either
_CALM, _STILL = 0.02, 0.3  # novelty and levels that every neighbour is taken to have
_FORM = 0.96  # correlation from which two pictures differ in light or colour only
_NEIGHBOURS = 0.25  # seconds each way
_SAME_EVENT = 0.085  # seconds: two jumps within are one cut, spread by blended frames
_LIKE = 0.25  # `unlike` below which a picture is the same again
_WAY_BACK = 0.5  # and how much of the jump may be left of it
_NEARER = 0.75  # of the way gone: pictures farther away are not asked whether they are it
_DYING_LIGHT = 1.3  # seconds an explosion may glow
_RISING_LIGHT = 0.12  # and rise


def find_cuts(
    novelty: NDArray[np.float32],
    content: NDArray[np.float32],
    pictures: Signatures,
    rate: float,
    *,
    threshold: float,
    interruption: float,
) -> tuple[list[int], list[int]]:
    """Return the first frames of new shots after hard cuts, and those where only light jumps.

    novelty, content: (n,); content is the mean of hue, saturation and value. pictures: (n, 432).
    rate: frames a second. interruption: seconds within which a picture that comes back was
    only interrupted. Decides from the frames within `reach` of each cut.
    """
    if not len(pictures):
        return [], []
    eager = threshold / SCALE
    jumps = np.flatnonzero((novelty >= min(0.9, _NOVEL * eager)) & (content >= _CONTENT * eager))
    steps = np.zeros_like(novelty)
    steps[1:] = distance(pictures[1:], pictures[:-1])
    light = _only_light(jumps, pictures, steps, rate, interruption)
    side = max(2, round(_NEIGHBOURS * rate))
    new, large = _standing(novelty, light, side, _CALM), _standing(steps, light, side, _STILL)
    doubt = np.square(np.minimum(novelty / (SURE * eager), 1.0) + 1e-6)
    stands_out = new * large * np.square(doubt) >= _STANDS_OUT**2
    stands_out &= np.minimum(new, large) >= _AT_LEAST
    steady = novelty.copy()
    steady[light] = 0.0
    greatest = _greatest(steady, max(1, round(_SAME_EVENT * rate)))
    cuts = [int(t) for t in jumps if t and stands_out[t] and steady[t] >= greatest[t]]
    cuts = [t for i, t in enumerate(cuts) if i == 0 or t - cuts[i - 1] > 1]
    return [t for t in cuts if alike_in_form(pictures[t - 1], pictures[t]) < _FORM], light


def reach(interruption: float) -> float:
    """Return how many seconds before and after a frame decide whether it is a cut."""
    return _NEIGHBOURS + max(interruption, _DYING_LIGHT)


def _only_light(
    jumps: NDArray[np.intp],
    pictures: Signatures,
    steps: NDArray[np.float32],
    rate: float,
    interruption: float,
) -> list[int]:
    """Return the jumps that begin or end an interruption of one and the same picture."""
    near = max(1, round(interruption * rate))
    far = max(near, round(_DYING_LIGHT * rate))
    settle = 1 + round(_RISING_LIGHT * rate)
    asked: list[tuple[int, int, int]] = []  # the jump, a picture beside it, one like it?
    for t in (int(t) for t in jumps if t):
        # A picture that comes back late was lit by something that died away: no second jump.
        again = np.flatnonzero(steps[t + settle : t + 1 + far] >= _WAY_BACK * steps[t])
        stop = t + 1 + (max(near, settle + int(again[0]) - 1) if again.size else far)
        after, before = np.arange(t + 1, stop), np.arange(t - 2, max(0, t - 1 - near) - 1, -1)
        for here, others in ((t - 1, after[after < len(pictures)]), (t, before)):
            away = distance(pictures[others], pictures[here])
            nearest = np.argsort(away, kind="stable")[:3]
            most = max(float(steps[t]), float(away.max(initial=0)))
            near_enough = nearest[away[nearest] < _NEARER * most]
            asked += [(t, here, int(others[i])) for i in near_enough]
    if not asked:
        return []
    at, beside, there = (np.array(column) for column in zip(*asked, strict=True))
    left = _in_parts(pictures, beside, there)
    jump = np.zeros(len(pictures), np.float32)
    some = distinct(at)
    jump[some] = _in_parts(pictures, some - 1, some)
    back = left <= np.minimum(_LIKE, _WAY_BACK * jump[at])
    return sorted({int(t) for t in at[back]})


def _in_parts(
    pictures: Signatures, some: NDArray[np.intp], others: NDArray[np.intp], size: int = 256
) -> NDArray[np.float32]:
    """Return `unlike` of many pairs of frames, a few at a time to spare memory."""
    return np.concatenate(
        [
            unlike(pictures[some[k : k + size]], pictures[others[k : k + size]])
            for k in range(0, len(some), size)
        ]
    )


def _standing(
    values: NDArray[np.float32], light: list[int], side: int, calm: float
) -> NDArray[np.float32]:
    """Return how many times its neighbours each value is; what was only light does not count."""
    steady = values.copy()
    steady[light] = 0.0
    return steady / (_second_greatest(steady, side) + np.float32(calm))


def _second_greatest(values: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Return the second greatest of the `side` values on each side, for each."""
    padded = np.pad(values, side)
    windows = sliding_window_view(padded, 2 * side + 1).copy()
    windows[:, side] = 0.0
    second: NDArray[np.float32] = np.partition(windows, -2, axis=1)[:, -2]
    return second


def _greatest(values: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    windows = sliding_window_view(np.pad(values, side), 2 * side + 1)
    greatest: NDArray[np.float32] = windows.max(1)
    return greatest
