"""Cutting shots together, keeping the exact truth of every boundary."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from drawn import HEIGHT, WIDTH, Picture, Source


@dataclass(frozen=True)
class Truth:
    """A boundary: a cut has start == end; frames [start, end) of a gradual one show a mixture."""

    kind: str
    start: int
    end: int


@dataclass
class Cutting:
    """A film as it grows: what each frame shows, its boundaries, and its edges.

    `edges` are the spans of the opening and the closing fade: no boundary, and nobody's mistake.
    """

    rate: int
    rng: np.random.Generator
    frames: list[Callable[[], Picture]] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)
    edges: list[tuple[int, int]] = field(default_factory=list)
    _old: Source | None = None  # the shot now playing, and its own time
    _clock: float = 0.0

    def lead(self, join: str) -> int:
        """Draw how many frames of the next shot its transition shall hold."""
        if join == "cut":
            return 0
        low, high = (0.3, 2.0) if join == "dissolve" else (0.25, 1.0)
        return max(3, round(self.rng.uniform(low, high) * self.rate))

    def add(self, join: str, lead: int, source: Source, seconds: float) -> None:
        """Go over to `source` by `join`, whose frames hold its first `lead`, and play it."""
        start = len(self.frames)
        if join == "open":
            self._blank(0, int(self.rng.integers(1, self.rate // 2)))
            self._mix(_flat(0), source, lead)
            self.edges.append((start, len(self.frames)))
        elif join == "dissolve":
            assert self._old is not None
            self._mix(self._old, source, lead, old_clock=self._clock)
        elif join in ("black", "white"):
            self._fade(source, lead, 0 if join == "black" else 255)
        if self._old is not None:
            kind = "fade" if join in ("black", "white") else join
            self.truths.append(Truth(kind, start, len(self.frames)))
        self._old, self._clock = source, lead / self.rate
        for _ in range(round(seconds * self.rate)):
            self._show(source, self._clock)
            self._clock += 1 / self.rate

    def close(self) -> None:
        """Fade out to black."""
        assert self._old is not None
        start = len(self.frames)
        self._mix(self._old, _flat(0), self.lead("black"), old_clock=self._clock)
        self._blank(0, int(self.rng.integers(1, self.rate // 2)))
        self.edges.append((start, len(self.frames)))

    def pictures(self, letterbox: bool) -> Iterator[Picture]:
        """Draw the film, with the bars of 2.39:1 where asked."""
        bar = round(HEIGHT * (1 - (16 / 9) / 2.39) / 2)
        for frame in self.frames:
            picture = frame()
            if letterbox:
                picture = picture.copy()
                picture[:bar] = picture[-bar:] = 0
            yield picture

    def _fade(self, new: Source, lead: int, level: int) -> None:
        assert self._old is not None
        self._mix(self._old, _flat(level), self.lead("black"), old_clock=self._clock)
        self._blank(level, int(self.rng.integers(1, max(2, round(0.4 * self.rate)))))
        self._mix(_flat(level), new, lead)

    def _show(self, source: Source, at: float) -> None:
        self.frames.append(lambda: source.draw(at))

    def _blank(self, level: int, count: int) -> None:
        self.frames += [lambda: _flat(level).draw(0)] * count

    def _mix(self, old: Source, new: Source, count: int, old_clock: float = 0.0) -> None:
        for k in range(count):
            share, at = (k + 1) / (count + 1), k / self.rate
            self.frames.append(
                lambda a=old_clock + at, b=at, s=share: np.uint8(  # type: ignore[misc]
                    old.draw(a) * (1 - s) + new.draw(b) * s + 0.5
                )
            )


def _flat(level: int) -> Source:
    return Source("flat", lambda _: np.full((HEIGHT, WIDTH, 3), level, np.uint8))
