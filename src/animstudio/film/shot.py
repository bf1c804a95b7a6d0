"""A shot and the transitions around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TransitionKind = Literal["cut", "dissolve", "fade", "fade_in", "fade_out"]
"""fade: out of one shot through black or white into the next. fade_in opens the film,
fade_out closes it."""


@dataclass(frozen=True, slots=True)
class Transition:
    """How one shot gives way to the next: frames [start, end) belong to neither alone.

    A cut has start == end == the first frame of the new shot.
    """

    kind: TransitionKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames [start, end) between two transitions; shots tile the film without gaps.

    `number` counts from 1. A gradual transition is divided at its middle, so that each shot
    holds its half; `clean` is what is left without them. `opening` is None for a film that
    just starts, `closing` for one that just ends.
    """

    number: int
    start: int
    end: int
    opening: Transition | None = None
    closing: Transition | None = None

    def __len__(self) -> int:
        return self.end - self.start

    @property
    def clean(self) -> range:
        """The frames that are in no transition (empty when transitions fill the shot)."""
        start = max(self.start, self.opening.end) if self.opening else self.start
        end = min(self.end, self.closing.start) if self.closing else self.end
        return range(start, max(start, end))
