"""Pictures kept in memory while it is not yet known which of them will be written.

Recent frames are all kept; older ones thin out by octaves of age: of every cell of 2^k frames
the sharpest stays. Cells are aligned to the film's clock, as in `choose_frames`, so
what it will choose in a shot that ends about now is still here. Beyond `certain` frames of age
no cut will be found any more: all that is older belongs to the open shot, and needs no finer
cells than its length does. What is dropped too early can be decoded again; nothing depends on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from animstudio.film.frames import grain

T = TypeVar("T")


@dataclass(slots=True)
class _Kept(Generic[T]):
    frame: int
    beat: int
    sharpness: float
    picture: T
    level: int = 0


@dataclass(slots=True)
class Keeper(Generic[T]):
    """A bounded set of candidate pictures of the shot being decoded.

    `cells` as in `choose_frames`; `slack` is how many frames after a shot's end that end
    becomes known, and `certain` after how many it surely is; `limit` is the most pictures kept,
    the oldest go first.
    """

    cells: int
    slack: int
    certain: int
    limit: int
    _open: int = 0
    _kept: list[_Kept[T]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, frame: int, beat: int, sharpness: float, picture: T) -> None:
        """Take in the newest frame (`beat` as in `Measures.beats`) and thin the older ones."""
        self._kept.append(_Kept(frame, beat, sharpness, picture))
        if frame % 4 == 3:  # thinning every frame would change nothing and cost more
            self._thin(frame)

    def get(self, frame: int) -> T | None:
        """Return the picture of a frame if it is still here."""
        return next((kept.picture for kept in self._kept if kept.frame == frame), None)

    def forget_before(self, frame: int) -> None:
        """Drop what lies before a frame: a shot begins there."""
        self._open = frame
        self._kept = [kept for kept in self._kept if kept.frame >= frame]

    def _thin(self, now: int) -> None:
        thinned: list[_Kept[T]] = []
        for kept in self._kept:
            kept.level = max(kept.level, self._level(kept.frame, now))
            last = thinned[-1] if thinned else None
            if last and last.level == kept.level and _same_cell(last, kept):
                if kept.sharpness > last.sharpness:
                    thinned[-1] = kept
            else:
                thinned.append(kept)
        self._kept = thinned[-self.limit :]

    def _level(self, frame: int, now: int) -> int:
        age = now - frame
        length = now - self._open if age > self.certain else age
        return grain(max(0, length - self.slack), self.cells)


def _same_cell(a: _Kept[T], b: _Kept[T]) -> bool:
    return a.beat >> a.level == b.beat >> b.level
