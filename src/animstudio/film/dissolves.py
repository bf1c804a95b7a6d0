"""Dissolves: one picture becomes another along a straight line.

During a dissolve every frame is (1 - a) A + a B with a rising from 0 to 1, so its signature
walks the straight line from A's to B's, half-way pictures have less contrast than either end
by a known amount, and every part of the picture keeps the same time. Cameras and characters
do none of that. (The idea is twin comparison, Zhang et al. 1993, and the variance dip of
Alattar 1993, made one test that also finds start and end.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from animstudio.film.likeness import (
    Signatures,
    alike_in_form,
    block_means,
    block_sums,
    distance,
    is_blank,
    unlike,
)
from animstudio.film.ramp import fit_ramp
from animstudio.film.shot import Transition

_SPANS = (0.35, 0.5, 0.75, 1.1, 1.6, 2.3)  # seconds: lengths that are looked for
_APART = 0.3  # seconds between two candidates
_MARGIN = 0.35  # seconds outside a candidate in which its ends are looked for
_SHORTEST = 0.2  # seconds
_GLOW = 0.15  # seconds after a jump of light in which it may begin to die away

# What a candidate must have. Dissolves of the tuning films are far from most of these.
_STRAIGHT = 0.42  # greatest distance from the line, as a share of its length, at most
_MIXED = 0.5  # of the loss of contrast that the mixture should show, at least
_OTHER = 0.25  # `unlike` of the two ends, at least
_FORM = 0.9  # correlation of light and dark from which both ends are one picture, differently lit
_CLEARLY = 0.78  # mixed and unlike together, less crooked: one may be weak, not all
_STEP = 0.35  # greatest step along the line, at most
_TOGETHER = 0.25  # deviation of the parts' times, at most
_AREA = 0.6  # share of the picture that changes, at least: titles change less
_FAR = 5.0  # levels between the two ends, at least


@dataclass(frozen=True, slots=True)
class _Candidate:
    middle: int
    half: int


def find_dissolves(
    pictures: Signatures, rate: float, walls: Sequence[int], light: Sequence[int] = ()
) -> list[Transition]:
    """Return the dissolves of a film, rising and apart. pictures: (n, 432) signatures.

    rate: frames a second. walls: first frames of new shots, which no dissolve crosses. light:
    frames where only light jumped; none crosses these either, and what begins with one, or
    with black or white, is light that dies away (or a fade).
    """
    if not len(pictures):
        return []
    edges = np.array([0, *sorted({*walls, *light}), len(pictures)])
    blank, glow = is_blank(pictures), round(_GLOW * rate)
    found: dict[Transition, float] = {}
    for candidate in _candidates(pictures, rate):
        place = int(np.searchsorted(edges, candidate.middle, "right"))
        low, high = int(edges[place - 1]), int(edges[min(place, len(edges) - 1)])
        ends = _ends(pictures, candidate, rate, low, high)
        if ends is None or blank[ends[0]] or blank[ends[1]]:
            continue
        if any(0 <= ends[0] - t <= glow for t in light):
            continue
        if _is_dissolve(pictures[ends[0] : ends[1] + 1]):
            # The ends are pure: the mixture lies between them.
            span = Transition("dissolve", ends[0] + 1, ends[1])
            found[span] = float(distance(pictures[ends[0]], pictures[ends[1]]))
    return [t for t in sorted(found, key=lambda t: t.start) if _wins(t, found)]


def reach() -> float:
    """Return how many seconds after its middle may decide about a dissolve."""
    return _SPANS[-1] + _APART + 2 * _MARGIN


def _wins(one: Transition, among: dict[Transition, float]) -> bool:
    """Tell whether no overlapping candidate is a longer way than this one."""
    mine = (among[one], -one.start)
    return all(
        (way, -other.start) <= mine
        for other, way in among.items()
        if other.start < one.end and one.start < other.end
    )


def _candidates(pictures: Signatures, rate: float) -> Iterator[_Candidate]:
    """Yield the moments around which the picture walks straight, the best within `_APART`."""
    coarse = block_means(pictures)
    halves = [max(2, round(span * rate / 2)) for span in _SPANS]
    steps = np.concatenate([[0.0], distance(coarse[1:], coarse[:-1])])
    scores = np.stack([_straightness(coarse, steps, half) for half in halves])
    score, which = scores.max(0), scores.argmax(0)
    side = round(_APART * rate)
    best = sliding_window_view(np.pad(score, side), 2 * side + 1).max(1)
    for middle in np.flatnonzero((score > 0) & (score >= best)):
        yield _Candidate(int(middle), halves[which[middle]])


def _straightness(
    coarse: NDArray[np.float32], steps: NDArray[np.float64], half: int
) -> NDArray[np.float64]:
    """Score each frame by the straight way walked from `half` before it to `half` after it.

    The way's length in levels, less twice the greatest distance from the straight line at its
    quarters; 0 where it is no way at all: back and forth, one jump, or too short.
    """
    n = len(coarse)
    frames = np.arange(n)

    def at(offset: int) -> NDArray[np.float32]:
        return coarse[np.clip(frames + offset, 0, n - 1)]

    start = at(-half)
    way = at(half) - start
    squared = np.square(way).mean(1)
    length = np.sqrt(squared)
    aside = np.zeros(n)
    shares = []
    for quarter in (-0.5, 0.0, 0.5):
        walked = at(round(quarter * half)) - start
        share = (walked * way).mean(1) / (squared + 1e-6)
        aside = np.maximum(aside, np.square(walked).mean(1) - share * share * squared)
        shares.append(share)
    aside = np.sqrt(np.maximum(aside, 0)) / (length + 1)
    greatest = sliding_window_view(np.pad(steps, half - 1), 2 * half - 1).max(1)
    onward = (shares[0] < shares[1] + 0.05) & (shares[1] < shares[2] + 0.05)
    within = (shares[0] > -0.15) & (shares[2] < 1.15)
    walks = (length > 2) & (aside < 0.4) & (greatest < 0.5 * length + 0.3)
    return np.where(onward & within & walks, length * (1 - 2 * aside), 0.0)


def _ends(
    pictures: Signatures, candidate: _Candidate, rate: float, low: int, high: int
) -> tuple[int, int] | None:
    """Return the last frame before the mixture and the first after it, within [low, high)."""
    first = max(low, candidate.middle - candidate.half)
    last = min(high - 1, candidate.middle + candidate.half)
    shortest, margin = max(3, round(_SHORTEST * rate)), round(_MARGIN * rate)
    for _ in range(2):
        before = first, last
        begin, stop = max(low, first - margin), min(high, last + margin + 1)
        way = pictures[last] - pictures[first]
        walked = (pictures[begin:stop] - pictures[first]) @ way / (way @ way + 1e-3)
        ends = fit_ramp(walked, shortest)
        if ends is None:
            return None
        first, last = begin + ends[0], begin + ends[1]
        if (first, last) == before:
            break
    return first, last


def _is_dissolve(pictures: Signatures) -> bool:
    """Tell whether the pictures, both ends pure, are mixtures of the first and the last."""
    way, walked = pictures[-1] - pictures[0], pictures - pictures[0]
    squared = float(np.square(way).mean())
    length = squared**0.5
    if length < _FAR:
        return False
    share = (walked * way).mean(1) / squared
    aside = np.sqrt(np.maximum(np.square(walked).mean(1) - share * share * squared, 0))
    crooked = float(aside.max()) / (length + 1)
    if crooked > _STRAIGHT or float(np.abs(np.diff(share)).max()) > _STEP:
        return False
    mixed = _mixed(pictures, share)
    if mixed < _MIXED or not _together(walked, way, share):
        return False
    if alike_in_form(pictures[0], pictures[-1]) >= _FORM:
        return False
    other = float(unlike(pictures[:1], pictures[-1:])[0])
    return other >= _OTHER and min(mixed, 1.0) + other - crooked >= _CLEARLY


def _mixed(pictures: Signatures, share: NDArray[np.float32]) -> float:
    """Return how much of the loss of contrast that mixing causes is there: 1 all, 0 none.

    The variance of (1 - a) A + a B is that much below the mean of the two variances:
    a (1 - a) times the variance of A - B.
    """
    variance = _variance(pictures)
    lost = (1 - share) * variance[0] + share * variance[-1] - variance
    expected = share * (1 - share) * _variance(pictures[-1:] - pictures[:1])[0]
    return float(lost[1:-1].sum() / max(1e-3, float(expected[1:-1].sum())))


def _variance(pictures: Signatures) -> NDArray[np.float32]:
    """Return the variance over the cells, the three colours together, (n,)."""
    cells = pictures.reshape(len(pictures), -1, 3)
    means = cells.mean(1)
    squares = np.einsum("ncb,ncb->n", cells, cells) / cells.shape[1]
    variance: NDArray[np.float32] = squares - np.einsum("nb,nb->n", means, means)
    return variance


def _together(walked: Signatures, way: NDArray[np.float32], share: NDArray[np.float32]) -> bool:
    """Tell whether most parts of the picture change, and all of them at the same time."""
    products = block_sums(walked * way) / 3
    weights = block_sums(np.square(way)[None])[0] / 3
    length = float(weights.mean()) ** 0.5
    area = float((np.sqrt(weights) > max(3.0, 0.35 * length)).mean())
    times = products / (weights + 1e-6)
    apart = np.square(times - share[:, None]) @ weights / weights.sum()
    return area >= _AREA and float(np.sqrt(apart.max())) <= _TOGETHER
