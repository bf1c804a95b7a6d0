"""What `frame_extraction` leaves of a film for later stages: its index, and its frames' times."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from animstudio.kernel.errors import AskedWrongly, WorkFailed

INDEX = "film.json"
"""Name of a film's index, in the folder of its frames."""
TIMES = "times.npy"
"""Name of the file beside it with the presentation time of every frame."""
VERSION = 1


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class ShotEntry(_Record):
    """Frames [start, end) of a film, and how they begin."""

    number: int
    """Counted from 1."""
    start: int
    end: int
    """The first frame of the next shot."""
    clean_start: int
    clean_end: int
    """Frames [clean_start, clean_end) are in no transition; an empty range if none is."""
    start_pts: int
    end_pts: int
    """Presentation time of the shot's last frame, in ticks."""
    opening: str | None
    closing: str | None
    """Kinds of the transitions around it; None at the film's own ends."""
    bars: tuple[int, int, int, int]
    """Its black bars: top, bottom, left, right, in pixels."""


class FrameEntry(_Record):
    """A frame that was written as a picture."""

    file: str
    """Relative to the folder of the index."""
    scene: int
    position: int
    frame: int
    pts: int
    seconds: float
    width: int
    height: int
    sharpness: float
    transition: bool
    """Whether it lies in a dissolve or fade."""


class FilmIndex(_Record):
    """A film as it was taken apart once, so that nobody has to decode it to know its shots."""

    version: int = VERSION
    name: str
    film: str
    """The film's file, relative to the folder of this index, so that both can be moved."""
    sha256: str
    frame_rate: str
    """Average frames a second, exact, such as ``24000/1001``."""
    time_base: str
    """Seconds a tick of every pts, exact."""
    width: int
    height: int
    """Pixels as seen, after rotation and with square pixels."""
    frame_count: int
    missing: float
    """Share of the film's frames that did not decode."""
    shots: list[ShotEntry]
    frames: list[FrameEntry]

    @property
    def rate(self) -> Fraction:
        """Average frames a second."""
        return Fraction(self.frame_rate)

    @property
    def tick(self) -> Fraction:
        """Seconds a tick."""
        return Fraction(self.time_base)


def film_of(index: FilmIndex, folder: Path) -> Path:
    """Return the film of an index that lies in `folder`. Raises WorkFailed where it is gone."""
    path = Path(os.path.normpath(folder / index.film))
    if not path.is_file():
        raise WorkFailed(
            f"{path}: the film '{index.name}' is not there any more",
            hint="put it back, or extract its frames again from where it is now",
        )
    return path


def read_index(folder: Path) -> FilmIndex:
    """Return the index of a film's folder. Raises AskedWrongly if it is none or is damaged."""
    file = folder / INDEX
    try:
        return FilmIndex.model_validate_json(file.read_bytes())
    except OSError as error:
        raise AskedWrongly(f"{file}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(word) for word in first["loc"])
        raise AskedWrongly(
            f"{file}: {where}: {first['msg']}", hint="extract this film's frames again"
        ) from error


def read_times(folder: Path) -> NDArray[np.int64]:
    """Return the presentation time (n,) of every frame, in ticks. Raises AskedWrongly."""
    file = folder / TIMES
    try:
        times = np.load(file, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise AskedWrongly(f"{file}: cannot be read: {error}") from error
    return np.asarray(times, np.int64)


def film_folders(place: Path) -> Sequence[Path]:
    """Return the folders with an index at or directly below a place, by name."""
    if (place / INDEX).is_file():
        return [place]
    return sorted(file.parent for file in place.glob(f"*/{INDEX}"))
