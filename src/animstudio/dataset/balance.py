"""How often pictures are repeated so that every character is trained alike, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Steps:
    """A training in numbers."""

    repeats: Mapping[str, int]
    pictures_per_epoch: int
    steps_per_epoch: int
    epochs: int
    total: int
    imbalance: float
    """Steps of the character with most, against the one with fewest."""


def repeats_for(counts: Mapping[str, int], most: int) -> dict[str, int]:
    """Return for each character how often its pictures are repeated, from 1 to `most`.

    The largest character sets the measure; one without pictures gets 0.
    """
    largest = max(counts.values(), default=0)
    return {
        name: min(most, max(1, round(largest / count))) if count else 0
        for name, count in counts.items()
    }


def reckon(
    counts: Mapping[str, int], repeats: Mapping[str, int], *, epochs: int, batch_size: int
) -> Steps:
    """Return how many steps a training takes."""
    shown = [counts[name] * repeats[name] for name in counts if counts[name]]
    an_epoch = sum(shown)
    steps = ceil(an_epoch / batch_size)
    apart = max(shown) / min(shown) if shown else 1.0
    return Steps(dict(repeats), an_epoch, steps, epochs, steps * epochs, apart)


def epochs_for(pictures_per_epoch: int, batch_size: int, steps: int) -> int:
    """Return the epochs that come nearest to a number of steps, one at least."""
    return max(1, round(steps / max(1, ceil(pictures_per_epoch / batch_size))))
