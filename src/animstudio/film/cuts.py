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

from animstudio.film.likeness import Signatures, distance, unlike

SCALE = 27.0
"""The threshold at which the numbers below hold; another one scales them."""
_NOVEL = 0.20  # novelty that a cut has at least
_CONTENT = 2.0  # mean change of hue, saturation and value, levels
_STANDS_OUT = 2.0  # times its neighbours
_CALM = 0.02  # novelty that every neighbour is taken to have
_NEIGHBOURS = 0.25  # seconds each way
_SAME_EVENT = 0.085  # seconds: two jumps within are one cut, spread by blended frames
_LIKE = 0.25  # `unlike` below which a picture is the same again
_WAY_BACK = 0.5  # and how much of the jump may be left of it
_DYING_LIGHT = 1.3  # seconds an explosion may glow


def find_cuts(
    novelty: NDArray[np.float32],
    content: NDArray[np.float32],
    pictures: Signatures,
    rate: float,
    *,
    threshold: float,
    interruption: float,
) -> list[int]:
    """Return the first frames of new shots after hard cuts, rising.

    novelty, content: (n,); content is the mean of hue, saturation and value. pictures: (n, 432).
    rate: frames a second. interruption: seconds within which a picture that comes back was
    only interrupted. Decides from the frames within `reach` of each cut.
    """
    eager = threshold / SCALE
    jumps = np.flatnonzero((novelty >= min(0.9, _NOVEL * eager)) & (content >= _CONTENT * eager))
    light = [t for t in jumps if t and _goes_back(pictures, int(t), novelty, rate, interruption)]
    steady = novelty.copy()
    steady[light] = 0.0
    around = _second_greatest(steady, max(2, round(_NEIGHBOURS * rate)))
    stands_out = steady >= _STANDS_OUT * (around + _CALM)
    greatest = _greatest(steady, max(1, round(_SAME_EVENT * rate)))
    cuts = [int(t) for t in jumps if t and stands_out[t] and steady[t] >= greatest[t]]
    return [t for i, t in enumerate(cuts) if i == 0 or t - cuts[i - 1] > 1]


def reach(interruption: float) -> float:
    """Return how many seconds before and after a frame decide whether it is a cut."""
    return _NEIGHBOURS + max(interruption, _DYING_LIGHT)


def _goes_back(
    pictures: Signatures, t: int, novelty: NDArray[np.float32], rate: float, interruption: float
) -> bool:
    """Tell whether the jump at `t` begins or ends an interruption of one and the same picture."""
    near = max(1, round(interruption * rate))
    far = max(near, round(_DYING_LIGHT * rate))
    jump = unlike(pictures[t - 1], pictures[t])
    after = pictures[t + 1 : t + 1 + far]
    # A picture that comes back late was lit by something that died away: no second jump.
    settle = 1 + round(0.12 * rate)
    again = np.flatnonzero(novelty[t + settle : t + 1 + far] >= _NOVEL)
    if again.size:
        after = after[: max(near, settle + int(again[0]) - 1)]
    if _returns(pictures[t - 1], after, jump):
        return True
    before = pictures[max(0, t - 1 - near) : t - 1]
    return _returns(pictures[t], before[::-1], jump)


def _returns(picture: NDArray[np.float32], others: Signatures, jump: float) -> bool:
    """Tell whether one of `others` is `picture` again."""
    if not len(others):
        return False
    nearest = np.argsort(distance(others, picture), kind="stable")[:3]
    left = min(unlike(picture, others[i]) for i in nearest)
    return left <= min(_LIKE, _WAY_BACK * jump)


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
