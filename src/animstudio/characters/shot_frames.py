"""The frames of a shot, out of a film or a folder of pictures, as often as somebody wants them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from animstudio.characters.records import FailedFrame
from animstudio.kernel.errors import StudioError
from animstudio.media.decode import WHOLE
from animstudio.media.png import read_picture
from animstudio.media.probe import probe
from animstudio.media.refind import find_pictures, pictures_of_span
from animstudio.media.views import Bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """A frame to look at: its number in the film, when it is shown, and its file if it has one."""

    frame: int
    pts: int
    seconds: float
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class ShotFrames:
    """Which frames of a shot are looked at. `source` is the film, or the pictures' folder.

    bars: black bars top, bottom, left, right, in pixels: nobody looks there.
    """

    film: str
    sha256: str
    shot: int
    source: Path
    wanted: Sequence[Wanted]
    bars: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def name(self) -> str:
        """``FILM_sNNNN``."""
        return f"{self.film}_s{self.shot:04d}"

    def pictures(
        self, threads: int, only: Collection[int] | None = None
    ) -> Iterator[tuple[Wanted, Bytes]]:
        """Yield the frames in order with their full pictures, or some of them, by number.

        Those that do not decode are left out. Raises UnreadableFilm for a film that does not open.
        """
        chosen = [w for w in self.wanted if only is None or w.frame in only]
        if chosen and chosen[0].file is not None:
            yield from _from_files(chosen)
        else:
            yield from self._from_film(chosen, threads)

    def _from_film(self, chosen: Sequence[Wanted], threads: int) -> Iterator[tuple[Wanted, Bytes]]:
        facts = probe(self.source)
        by_time = {w.pts: w for w in chosen}
        begun = False
        for picture in find_pictures(facts, list(by_time), threads=threads):
            begun = True
            yield by_time[picture.pts], picture.bgr()
        if not begun:  # seeking does not lead there
            for picture in pictures_of_span(facts, list(by_time), WHOLE, threads=threads):
                yield by_time[picture.pts], picture.bgr()

    def failed(self, missing: Collection[int]) -> list[FailedFrame]:
        """Return these frames, by number, as failures."""
        return [
            FailedFrame(
                film=self.film, shot=self.shot, frame=w.frame, pts=w.pts, reason=_why(w.file)
            )
            for w in self.wanted
            if w.frame in missing
        ]


def _from_files(chosen: Sequence[Wanted]) -> Iterator[tuple[Wanted, Bytes]]:
    for w in chosen:
        try:
            assert w.file is not None
            yield w, read_picture(w.file)
        except StudioError:
            continue


def _why(file: Path | None) -> str:
    if file is None:
        return "it does not decode"
    try:
        read_picture(file)
    except StudioError as error:
        return error.message
    return "it has another size than the shot's first picture"
